/// Reads records of fields between commas or tabs, as RFC 4180 has them: a field in quotes may hold
/// the separator, line feeds, and quotes, which are doubled. The first record names the fields.
package final class DelimitedReader {
  package struct Record {
    /// The line on which it begins, from 1.
    package let line: Int
    package let fields: Result<[String], DelimitedError>
  }

  /// The names of the fields.
  package let header: [String]
  private let lines: LineReader
  private let separator: UInt8

  private static let carriageReturn = UInt8(ascii: "\r")

  /// - Throws: `FileError`, or `DelimitedError` where there is no usable header.
  package init(_ lines: LineReader, separator: Character) throws {
    self.lines = lines
    self.separator = separator.asciiValue ?? UInt8(ascii: ",")
    header = try Self.record(of: lines, separator: self.separator)?.fields.get() ?? []
    guard header.contains("text") || header.contains("image") else {
      throw DelimitedError.noColumn(file: lines.path, found: header)
    }
    if let name = Dictionary(grouping: header, by: { $0 }).first(where: { $1.count > 1 })?.key {
      throw DelimitedError.columnTwice(file: lines.path, name: name)
    }
  }

  /// The next record, blank lines passed over; nil at the end.
  package func next() throws -> Record? {
    guard let record = try Self.record(of: lines, separator: separator) else { return nil }
    return Record(
      line: record.line,
      fields: record.fields.flatMap { fields in
        fields.count == header.count
          ? .success(fields) : .failure(.fieldCount(expected: header.count, found: fields.count))
      })
  }

  private static func record(of lines: LineReader, separator: UInt8) throws -> Record? {
    var parser = DelimitedRecord(separator: separator)
    var first: Int?
    while let line = try lines.next() {
      if first == nil, line.isBlank, separator != UInt8(ascii: "\t") || line.bytes.isEmpty {
        continue
      }
      first = first ?? line.number
      guard parser.bytes <= LineReader.maximumLineLength else {
        throw LineTooLong(path: lines.path, number: first ?? line.number)
      }
      // The end of the line belongs to a field only within quotes.
      let bytes = line.bytes.last == carriageReturn ? line.bytes.dropLast() : line.bytes[...]
      if parser.take(bytes, endOfLine: line.bytes.count > bytes.count ? "\r\n" : "\n") { break }
    }
    return first.map { Record(line: $0, fields: parser.fields) }
  }
}

/// One record, line by line.
private struct DelimitedRecord {
  let separator: UInt8
  /// How many were taken.
  private(set) var bytes = 0
  private var done: [[UInt8]] = []
  private var field: [UInt8] = []
  private var state = State.beginning
  private var failure: DelimitedError?

  private enum State { case beginning, plain, quoted, behindQuote }

  init(separator: UInt8) { self.separator = separator }

  /// Takes a line; false where the record goes on in the next.
  mutating func take(_ line: ArraySlice<UInt8>, endOfLine: String) -> Bool {
    bytes += line.count + 1
    let quote = UInt8(ascii: "\"")
    for byte in line {
      switch state {
      case .beginning where byte == quote: state = .quoted
      case .quoted where byte == quote: state = .behindQuote
      case .quoted: field.append(byte)
      case .behindQuote where byte == quote:
        field.append(byte)
        state = .quoted
      case .beginning where byte == separator, .plain where byte == separator,
        .behindQuote where byte == separator:
        endField()
      case .beginning, .plain:
        field.append(byte)
        state = .plain
      case .behindQuote:
        failure = failure ?? .textBehindQuote(field: done.count + 1)
        state = .plain
      }
    }
    guard state != .quoted else {
      field += Array(endOfLine.utf8)
      return false
    }
    endField()
    return true
  }

  private mutating func endField() {
    done.append(field)
    field = []
    state = .beginning
  }

  var fields: Result<[String], DelimitedError> {
    if let failure { return .failure(failure) }
    if state == .quoted { return .failure(.openQuote(field: done.count + 1)) }
    var texts: [String] = []
    for (i, field) in done.enumerated() {
      guard let text = String(validating: field, as: UTF8.self) else {
        return .failure(.notUTF8(field: i + 1))
      }
      texts.append(text)
    }
    return .success(texts)
  }
}

/// What is wrong with a file of records, or with one of them.
package enum DelimitedError: Error, Equatable, CustomStringConvertible {
  case noColumn(file: String, found: [String])
  case columnTwice(file: String, name: String)
  case fieldCount(expected: Int, found: Int)
  case textBehindQuote(field: Int)
  case openQuote(field: Int)
  case notUTF8(field: Int)

  package var description: String {
    switch self {
    case .noColumn(let file, let found):
      "\(file): expected a header with the column \"text\", \"image\" or both; found "
        + (found.isEmpty ? "nothing" : found.joined(separator: ", ").printable(limit: 120))
    case .columnTwice(let file, let name):
      "\(file): the header has the column \"\(name.printable(limit: 40))\" twice"
    case .fieldCount(let expected, let found):
      "expected \(expected) fields, as the header has; found \(found)"
    case .textBehindQuote(let field):
      "field \(field): expected a separator behind the closing quote"
    case .openQuote(let field): "field \(field): the closing quote is missing"
    case .notUTF8(let field): "field \(field): not valid UTF-8"
    }
  }
}
