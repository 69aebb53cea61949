import TesseraFiles
import TesseraJSON

/// A text file that is read a line at a time: JSON objects, or fields between white space.
struct RecordFile {
  let path: String

  struct Line {
    let number: Int
    let text: String

    var isObject: Bool { text.utf8.first == UInt8(ascii: "{") }
    /// What stands between white space, as trec_eval cuts a line.
    var fields: [String] { text.split(whereSeparator: \.isWhitespace).map(String.init) }
  }

  init(_ path: String) { self.path = path }

  /// Hands out lines that are not blank, without the white space around them.
  func forEachLine(_ body: (Line) throws -> Void) throws {
    let lines = try LineReader(path: path)
    while let line = try lines.next() {
      guard let text = String(validating: line.bytes.trimmed(where: Self.isBlank), as: UTF8.self)
      else {
        throw EvaluationError.line(
          path: path, number: line.number, expected: "UTF-8", found: "other bytes")
      }
      if !text.isEmpty { try body(Line(number: line.number, text: text)) }
    }
  }

  /// Reads the object of a line; what is wrong with it is said with its place.
  func readObject(
    _ line: Line, _ body: (_ key: String, inout JSONReader) throws -> Void
  ) throws {
    do {
      var text = line.text
      try text.withUTF8 {
        try JSONReader.read(UnsafeRawBufferPointer($0)) { try $0.readObject(body) }
      }
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

extension [UInt8] {
  /// Without the bytes at both ends that are so.
  fileprivate func trimmed(where isBlank: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let start = firstIndex { !isBlank($0) } ?? endIndex
    return self[start..<(lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start)]
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
