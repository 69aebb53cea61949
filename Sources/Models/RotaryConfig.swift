import TesseraJSON
import TesseraLayers

/// How fast heads turn, as configurations say it.
extension Config {
  /// The base of the rotary embedding, from either spelling: `rope_theta`, or transformers 5's
  /// `rope_parameters`.
  ///
  /// - Parameter value: where the file says none.
  /// - Throws: `FieldError` for frequencies that are scaled.
  func rotaryBase(default value: Float = 10000) throws -> Float {
    let parameters = try optionalObject("rope_parameters")
    try (parameters ?? optionalObject("rope_scaling"))?.requirePlainRotation()
    return try rotaryBase(in: parameters, default: value)
  }

  /// As transformers does, what `rope_parameters` leaves out is taken from beside it.
  func rotaryBase(in parameters: Config?, default value: Float) throws -> Float {
    let beside = try rotaryBase("rope_theta", default: value)
    return try parameters?.rotaryBase("rope_theta", default: beside) ?? beside
  }

  /// The base of layers of one kind: what `rope_parameters` says of them, or else the older key.
  ///
  /// - Parameter value: where neither says one.
  /// - Throws: `FieldError` for frequencies that are scaled.
  func plainRotaryBase(
    _ olderKey: String, or parameters: Config?, _ kind: String, default value: Float
  ) throws -> Float {
    let older = try rotaryBase(olderKey, default: value)
    guard let own = try parameters?.optionalObject(kind) else { return older }
    try own.requirePlainRotation()
    return try own.rotaryBase("rope_theta", default: older)
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
    try requireWholeHeads()
  }

  func requireWholeHeads() throws {
    if let part = try optional("partial_rotary_factor"), try part.number() != 1 {
      throw part.wrongType("1")
    }
  }
}
