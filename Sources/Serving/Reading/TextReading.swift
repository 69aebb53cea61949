import TesseraJSON

/// Texts of a request, within the server's limits.
struct TextReading {
  let settings: ServiceSettings

  /// - Throws: `Problem`, `FieldError`.
  func text(_ field: Field, _ name: String, mayBeEmpty: Bool = false) throws -> String {
    let text = try field.string()
    guard mayBeEmpty || !text.isEmpty else {
      throw Problem(.empty, "'\(field.place.path)' must not be an empty text", field: name)
    }
    try check(text, name)
    return text
  }

  func check(_ text: String, _ name: String) throws(Problem) {
    guard text.utf8.count <= settings.textBytes else {
      throw Problem(
        .tooLarge, "a text of \(text.utf8.count) bytes; \(settings.textBytes) are read at most",
        field: name)
    }
  }

  func check(count: Int, _ name: String) throws(Problem) {
    guard count <= settings.items else {
      throw Problem(
        .tooLarge, "\(count) items in '\(name)'; a request has \(settings.items) at most",
        field: name)
    }
  }
}
