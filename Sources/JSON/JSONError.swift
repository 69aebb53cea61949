/// What is wrong with a JSON text, and at which byte.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Offset from the first byte of the text.
  package let offset: Int
  package let reason: Reason

  package enum Reason: Equatable, Sendable {
    case expected(String, found: String)
    case endOfText
    case trailingBytes
    case invalidUTF8
    case invalidEscape
    case controlCharacterInString
    case invalidNumber
    case notAWholeNumber
    case nestedTooDeeply(limit: Int)
  }

  package init(offset: Int, reason: Reason) {
    self.offset = offset
    self.reason = reason
  }

  package var description: String {
    let what =
      switch reason {
      case .expected(let expected, let found): "expected \(expected), found \(found)"
      case .endOfText: "the text ends too early"
      case .trailingBytes: "something follows the JSON value"
      case .invalidUTF8: "not valid UTF-8"
      case .invalidEscape: "invalid escape in a string"
      case .controlCharacterInString: "unescaped control character in a string"
      case .invalidNumber: "invalid number"
      case .notAWholeNumber: "not a whole number that fits 64 bits"
      case .nestedTooDeeply(let limit): "nested more than \(limit) levels deep"
      }
    return "invalid JSON at byte \(offset): \(what)"
  }
}
