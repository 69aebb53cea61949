import TesseraFiles

/// The items of a file, one after another, in any of the formats.
final class ItemLines {
  private let reader: LineReader
  private let format: InputFormat
  private let folder: String?
  private let records: DelimitedReader?
  /// Of the next item, from 0.
  private var index = 0

  /// - Throws: `FileError`, or `DelimitedError` for a header that does not do.
  init(_ reader: LineReader, format: InputFormat, beside folder: String?) throws {
    self.reader = reader
    self.format = format
    self.folder = folder
    records =
      switch format {
      case .csv: try DelimitedReader(reader, separator: ",")
      case .tsv: try DelimitedReader(reader, separator: "\t")
      case .jsonl, .text: nil
      }
  }

  /// The next item; nil at the end.
  func next() throws -> ItemLine? {
    let item = if let records { try nextRecord(of: records) } else { try nextLine() }
    guard let item else { return nil }
    index += 1
    return item
  }

  private func nextLine() throws -> ItemLine? {
    while let line = try reader.next() {
      guard !line.isBlank else { continue }
      guard format == .text else {
        return line.bytes.withUnsafeBytes {
          ItemLine(index: index, line: line.number, json: $0, beside: folder)
        }
      }
      let bytes = line.bytes.last == UInt8(ascii: "\r") ? line.bytes.dropLast() : line.bytes[...]
      guard let text = String(validating: bytes, as: UTF8.self) else {
        return ItemLine(
          index: index, line: line.number, failure: .invalidLine("not valid UTF-8"))
      }
      return ItemLine(index: index, line: line.number, text: text, image: nil)
    }
    return nil
  }

  private func nextRecord(of records: DelimitedReader) throws -> ItemLine? {
    guard let record = try records.next() else { return nil }
    switch record.fields {
    case .success(let fields):
      return ItemLine(
        index: index, line: record.line, header: records.header, fields: fields,
        beside: folder)
    case .failure(let error):
      return ItemLine(index: index, line: record.line, failure: .invalidRecord(error))
    }
  }
}
