import TesseraJSON
import TesseraRetrieval

/// What names a point: a number, or a UUID in lower case with hyphens.
package enum PointID: Hashable, Sendable, CustomStringConvertible {
  case number(UInt64)
  case uuid(String)

  package var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .uuid(let uuid): uuid
    }
  }

  /// The point that stands for a row: a number or UUID names itself, anything else a UUID that is
  /// made of its hash.
  init(ofRow id: String) {
    if let number = UInt64(id), "\(number)" == id {
      self = .number(number)
    } else if let uuid = Self.uuid(id), uuid == id {
      self = .uuid(uuid)
    } else {
      // Version 8 is free for such; the variant's bits are as the standard has them.
      var hash = SHA256()
      hash.update(id)
      var digits = Array(hash.hexadecimal().prefix(32))
      digits[12] = "8"
      digits[16] = ["8", "9", "a", "b"][(digits[16].hexDigitValue ?? 0) % 4]
      self = .uuid(Self.hyphenated(digits))
    }
  }

  /// A UUID in any of the spellings that Qdrant takes.
  static func uuid(_ text: String) -> String? {
    var digits = text.lowercased()
    if digits.hasPrefix("urn:uuid:") { digits = String(digits.dropFirst(9)) }
    let plain = digits.filter { $0 != "-" && $0 != "{" && $0 != "}" }
    guard plain.count == 32, plain.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
    return hyphenated(Array(plain))
  }

  private static func hyphenated(_ digits: [Character]) -> String {
    [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
  }

  func write(to json: inout JSONWriter) {
    switch self {
    case .number(let number): json.writeRaw("\(number)")
    case .uuid(let uuid): json.write(uuid)
    }
  }

  init(_ json: inout JSONReader) throws {
    if try json.peek() == .number {
      guard let number = UInt64(try json.readVerbatim()) else {
        throw json.expected("a point's id")
      }
      self = .number(number)
    } else {
      self = .uuid(try json.readString())
    }
  }
}
