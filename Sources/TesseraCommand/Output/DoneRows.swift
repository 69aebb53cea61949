import Foundation
import TesseraEmbedders
import TesseraFiles

/// The rows that an interrupted run has left in its output.
///
/// An item is known by its `id`, and by its index where it has none; its text and image must be the
/// row's, or else the file is another input's.
final class DoneRows {
  /// Where further rows go; held for this run alone.
  let output: OutputFile
  private let path: String
  private let rows: [String: ItemRow]
  /// The first row of a text alone, and the first with a picture.
  private let samples: [LineReader.Line]
  private var passedOver = 0
  /// The ids of the items so far.
  private var ids: Set<String> = []

  /// Reads a file, if it is there, and takes from it what is no whole row, and the rows of items that
  /// failed.
  ///
  /// - Throws: `ResumeError`, `FileError`.
  init(continuing path: String, in format: RowFormat, _ dimension: Int) throws {
    self.path = path
    if FileManager.default.fileExists(atPath: path), FileIdentity(path: path) == nil {
      throw ResumeError.notAFile(path)
    }
    let held = try OutputFile(appendingTo: path)
    var rows: [String: ItemRow] = [:]
    var samples = Samples()
    var isWhole = true
    let reader = try LineReader(path: path)
    let copy = try OutputFile(path: path)
    while let line = try reader.next() {
      // A row ends with a line feed; what does not was being written.
      guard reader.endedWithLineFeed else {
        isWhole = false
        break
      }
      let row = try DoneRow(line, of: path)
      guard row.isDone else {
        isWhole = false
        continue
      }
      if let found = row.spelling, found != format {
        throw ResumeError.otherFormat(path, line: line.number, expected: format, found: found)
      }
      if let length = row.vectorLength, length != dimension {
        throw ResumeError.otherDimension(
          path, line: line.number, expected: dimension, found: length)
      }
      guard rows.updateValue(row.row, forKey: row.row.key) == nil else {
        throw ResumeError.twice(path, line: line.number, key: row.row.key)
      }
      samples.offer(line, of: row.row)
      try copy.write(line.bytes + [UInt8(ascii: "\n")])
    }
    if isWhole {
      output = held
    } else {
      try copy.finish()
      output = try withExtendedLifetime(held) { try OutputFile(appendingTo: path) }
    }
    self.rows = rows
    self.samples = samples.lines
  }

  /// Computes a row or two once more: another model of the same dimension, or other options, show in
  /// the numbers alone.
  ///
  /// - Parameters:
  ///   - folder: where pictures are looked up first.
  ///   - encoded: the row of an item as this run writes it.
  /// - Throws: `ResumeError.otherVectors`, and what `encoded` throws.
  func compare(beside folder: String?, with encoded: (ItemLine) throws -> String) throws {
    for line in samples {
      let item = line.bytes.withUnsafeBytes {
        ItemLine(index: 0, line: line.number, json: $0, beside: folder)
      }
      let expected = try RowVectors(encoded(item))
      // What cannot be read any more, as a picture that was moved, says nothing of the model.
      guard !expected.isEmpty else { continue }
      let found = try RowVectors(String(decoding: line.bytes, as: UTF8.self))
      if let difference = found.difference(from: expected) {
        throw ResumeError.otherVectors(path, line: line.number, difference)
      }
    }
  }

  /// The items that have no row yet.
  ///
  /// - Throws: `ResumeError.otherItem`, `ResumeError.repeated`.
  func left(of batch: [ItemLine]) throws -> [ItemLine] {
    let left = try batch.filter { line in
      if line.row.hasID, !ids.insert(line.row.key).inserted {
        throw ResumeError.repeated(line.row.key, item: line.row.place)
      }
      guard let row = rows[line.row.key] else { return true }
      guard row.text == line.row.text, row.image == line.row.image else {
        throw ResumeError.otherItem(path, row.key, item: line.row.place)
      }
      return false
    }
    passedOver += batch.count - left.count
    return left
  }

  func printNote() {
    if passedOver > 0 {
      let items = passedOver == 1 ? "1 item had its row" : "\(passedOver) items had their rows"
      StandardError.note("\(items) in \(path) already")
    }
  }
}

extension ItemRow {
  fileprivate var hasID: Bool { fields.contains { $0.key == "id" && $0.json != "null" } }

  /// What a row and its item have in common.
  fileprivate var key: String {
    fields.first { $0.key == "id" && $0.json != "null" }.map { "id \($0.json)" } ?? "index \(index)"
  }
}

/// Picks the rows that are computed once more.
private struct Samples {
  private var text: LineReader.Line?
  private var picture: LineReader.Line?

  var lines: [LineReader.Line] { [text, picture].compactMap { $0 } }

  mutating func offer(_ line: LineReader.Line, of row: ItemRow) {
    guard let image = row.image else {
      text = text ?? line
      return
    }
    // A stream is read once, by its item.
    if image != "-", !image.hasPrefix("/dev/") { picture = picture ?? line }
  }
}
