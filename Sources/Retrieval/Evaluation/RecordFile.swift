import TesseraFiles
import TesseraJSON

/// A text file that is read a line at a time: JSON objects, or fields between white space.
struct RecordFile {
  let path: String
  private let file: MappedFile

  struct Line {
    let number: Int
    let bytes: UnsafeRawBufferPointer

    var isObject: Bool { bytes.first == UInt8(ascii: "{") }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    /// What stands between white space, as trec_eval cuts a line.
    var fields: [String] { text.split(whereSeparator: \.isWhitespace).map(String.init) }
  }

  init(_ path: String) throws {
    self.path = path
    file = try MappedFile(path)
  }

  /// Hands out lines that are not blank, without the white space around them.
  func forEachLine(_ body: (Line) throws -> Void) throws {
    try withExtendedLifetime(file) {
      var rest = file.bytes[...]
      if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
      var number = 0
      while !rest.isEmpty {
        number += 1
        let line = rest.prefix { $0 != UInt8(ascii: "\n") }
        rest = rest.dropFirst(line.count + 1)
        let start = line.firstIndex { !Self.isBlank($0) } ?? line.endIndex
        let end = line.lastIndex { !Self.isBlank($0) }.map { $0 + 1 } ?? start
        guard start < end else { continue }
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[start..<end])
        guard String(validating: bytes, as: UTF8.self) != nil else {
          throw EvaluationError.line(
            path: path, number: number, expected: "UTF-8", found: "other bytes")
        }
        try body(Line(number: number, bytes: bytes))
      }
    }
  }

  /// Reads the object of a line; what is wrong with it is said with its place.
  func readObject(
    _ line: Line, _ body: (_ key: String, inout JSONReader) throws -> Void
  ) throws {
    do {
      try JSONReader.read(line.bytes) { try $0.readObject(body) }
    } catch let error as JSONError {
      throw EvaluationError.line(
        path: path, number: line.number, expected: "a JSON object", found: "\(error)")
    }
  }

  func error(_ line: Line, expected: String, found: String? = nil) -> EvaluationError {
    .line(
      path: path, number: line.number, expected: expected, found: found ?? line.text.excerpt)
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }
}

extension String {
  fileprivate var excerpt: String { count > 80 ? "\(prefix(80))…" : self }
}

extension JSONReader {
  /// An id: a string, or a whole number as its text.
  mutating func readID() throws -> String {
    try peek() == .number ? String(try readInt()) : try readString()
  }
}
