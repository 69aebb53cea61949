import TesseraJSON

/// Configurations within another, of which transformers leaves out what equals its classes' defaults.
extension Config {
  /// An inner configuration; an empty one where it is left out.
  ///
  /// - Throws: `FieldError`.
  func inner(_ key: String) throws -> Config {
    try optionalObject(key)
      ?? Config(Field(value: .object([]), place: field.place.key(key)))
  }

  /// The same for CLIP and those who share its configuration: where older files hold `…_dict`, that
  /// counts alone, and what it leaves out has the class's default whatever stands beside it.
  ///
  /// - Throws: `FieldError`.
  func innerOfCLIP(_ key: String) throws -> Config {
    let other = try optionalObject("\(key)_dict")
    // Read, so that nothing announces it.
    let own = try inner(key)
    return other ?? own
  }
}
