/// The header of numpy's format: element type, order and shape.
package struct NumPyHeader: Equatable, Sendable {
  /// As numpy spells it: `<f4`, `|i1`.
  package let type: String
  package let isFortranOrder: Bool
  package let shape: [Int]
  /// Where the elements begin.
  package let byteCount: Int

  package init(type: String, shape: [Int], byteCount: Int) {
    self.type = type
    isFortranOrder = false
    self.shape = shape
    self.byteCount = byteCount
  }

  // MARK: Writing

  /// Version 1.0: magic, length of the text, text padded with spaces up to `byteCount`.
  package var bytes: [UInt8] {
    let list = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(list)), }".utf8)
    let length = byteCount - Self.prefix
    precondition(text.count < length && length <= UInt16.max, "a header of \(byteCount) bytes")
    let padding = [UInt8](repeating: UInt8(ascii: " "), count: length - text.count - 1)
    return Self.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + text + padding
      + [UInt8(ascii: "\n")]
  }

  // MARK: Reading

  /// - Throws: `NumPyError`.
  package init(reading file: UnsafeRawBufferPointer, of path: String) throws {
    func fail(_ expected: String, _ found: String) -> NumPyError {
      NumPyError(path: path, expected: expected, found: found)
    }
    guard file.count >= Self.prefix, file.starts(with: Self.magic) else {
      throw fail("a .npy file", "another beginning")
    }
    let version = file[6]
    guard (1...3).contains(version) else {
      throw fail("version 1, 2 or 3", "version \(version)")
    }
    let start = version == 1 ? Self.prefix : Self.prefix + 2
    guard file.count >= start else { throw fail("a whole header", "the end of the file") }
    let length = (0..<(version == 1 ? 2 : 4)).reduce(0) { $0 | Int(file[8 + $1]) << (8 * $1) }
    guard length <= file.count - start else { throw fail("a whole header", "the end of the file") }
    byteCount = start + length
    guard let text = String(validating: file[start..<byteCount], as: UTF8.self) else {
      throw fail("a header of text", "bytes that are not UTF-8")
    }
    guard let type = Self.value(of: "descr", in: text), type.count > 2, let quote = type.first,
      "'\"".contains(quote), type.last == quote
    else { throw fail("one element type, 'descr'", "none") }
    self.type = String(type.dropFirst().dropLast())
    switch Self.value(of: "fortran_order", in: text) {
    case "True": isFortranOrder = true
    case "False": isFortranOrder = false
    default: throw fail("'fortran_order' True or False", "neither")
    }
    guard let shape = Self.value(of: "shape", in: text), shape.hasPrefix("("), shape.hasSuffix(")")
    else { throw fail("a 'shape'", "none") }
    let parts = shape.dropFirst().dropLast().split(separator: ",")
      .map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
    let sizes = parts.compactMap { Int($0) }
    guard sizes.count == parts.count, sizes.allSatisfy({ $0 >= 0 }) else {
      throw fail("a shape of whole numbers", shape)
    }
    self.shape = sizes
  }

  /// The value of a key in the text of a Python dictionary, which quotes in either way.
  private static func value(of key: String, in text: String) -> String? {
    let places = ["'", "\""].compactMap { text.firstRange(of: "\($0)\(key)\($0)") }
    guard let place = places.first else { return nil }
    var rest = text[place.upperBound...].drop(while: \.isWhitespace)
    guard rest.popFirst() == ":" else { return nil }
    rest = rest.drop(while: \.isWhitespace)
    let end: Substring.Index? =
      switch rest.first {
      case "'", "\"":
        rest.dropFirst().firstIndex(of: rest[rest.startIndex]).map { rest.index(after: $0) }
      case "(": rest.firstIndex(of: ")").map { rest.index(after: $0) }
      default: rest.firstIndex { $0 == "," || $0 == "}" || $0.isWhitespace }
      }
    return end.map { String(rest[..<$0]) }
  }

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let prefix = 10
}

/// A file that is not as numpy writes it, or not what is wanted.
package struct NumPyError: Error, Equatable, Sendable, CustomStringConvertible {
  package let path: String
  package let expected: String
  package let found: String

  package var description: String { "\(path): expected \(expected); found \(found)" }
}
