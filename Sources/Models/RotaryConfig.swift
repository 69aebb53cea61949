import TesseraJSON

/// How fast heads turn, as configurations say it.
extension Config {
  /// The base of the rotary embedding, from either spelling: `rope_theta`, or transformers 5's
  /// `rope_parameters`.
  ///
  /// - Throws: `FieldError` for frequencies that are scaled.
  func rotaryBase() throws -> Float {
    if let parameters = try optionalObject("rope_parameters") {
      return try parameters.plainRotaryBase()
    }
    try optionalObject("rope_scaling")?.requirePlainRotation()
    return try rotaryBase("rope_theta")
  }

  /// The base that an object of `rope_parameters` says.
  func plainRotaryBase() throws -> Float {
    try requirePlainRotation()
    return try rotaryBase("rope_theta")
  }

  /// - Parameter value: where the file says none; transformers' own is 10000.
  func rotaryBase(_ key: String, default value: Float = 10000) throws -> Float {
    guard let field = try optional(key) else { return value }
    let base = Float(try field.number())
    guard base > 1, base < .infinity else { throw field.wrongType("more than 1") }
    return base
  }

  /// A head's channels turn two by two.
  func requirePairs(of headWidth: Int, _ key: String) throws {
    guard headWidth.isMultiple(of: 2) else {
      throw field.place.key(key).inconsistent(
        "heads are \(headWidth) wide, and rotation needs pairs")
    }
  }

  func requirePlainRotation() throws {
    try requireIfPresent("rope_type", is: "default")
    try requireIfPresent("type", is: "default")
    if let part = try optional("partial_rotary_factor"), try part.number() != 1 {
      throw part.wrongType("1")
    }
  }
}
