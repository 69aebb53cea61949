import TesseraJSON

/// How fast heads turn, as configurations say it.
extension Config {
  /// The base of the rotary embedding, from either spelling: `rope_theta`, or transformers 5's
  /// `rope_parameters`.
  ///
  /// - Throws: `FieldError` for frequencies that are scaled.
  func rotationBase() throws -> Float {
    if let parameters = try optionalObject("rope_parameters") {
      return try parameters.plainRotationBase()
    }
    try optionalObject("rope_scaling")?.requirePlainTurning()
    return try rotationBase("rope_theta")
  }

  /// The base that an object of `rope_parameters` says.
  func plainRotationBase() throws -> Float {
    try requirePlainTurning()
    return try rotationBase("rope_theta")
  }

  /// - Parameter value: where the file says none; transformers' own is 10000.
  func rotationBase(_ key: String, default value: Float = 10000) throws -> Float {
    guard let field = try optional(key) else { return value }
    let base = Float(try field.number())
    guard base > 1, base < .infinity else { throw field.wrongType("more than 1") }
    return base
  }

  private func requirePlainTurning() throws {
    try requireIfPresent("rope_type", is: "default")
    try requireIfPresent("type", is: "default")
    if let part = try optional("partial_rotary_factor"), try part.number() != 1 {
      throw part.wrongType("1")
    }
  }
}
