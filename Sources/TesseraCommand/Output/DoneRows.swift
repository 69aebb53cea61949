import Foundation
import TesseraEmbedders
import TesseraFiles
import TesseraJSON
import TesseraTensors

/// The rows that an interrupted run has left in its output.
///
/// An item is known by its `id`, and by its index where it has none; its text and image must be the
/// row's, or else the file is another input's.
final class DoneRows {
  private let path: String
  private let rows: [String: ItemRow]
  private var passedOver = 0

  /// Reads a file, if it is there, and takes from it what is no whole row, and the rows of items that
  /// failed.
  ///
  /// - Throws: `ResumeError`, `FileError`.
  init(continuing path: String, _ dimension: Int) throws {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      rows = [:]
      return
    }
    guard FileIdentity(path: path) != nil else { throw ResumeError.notAFile(path) }
    var rows: [String: ItemRow] = [:]
    var kept = 0
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
      if let length = row.vectorLength, length != dimension {
        throw ResumeError.otherModel(
          path, line: line.number, expected: dimension, found: length)
      }
      guard rows.updateValue(row.row, forKey: row.row.key) == nil else {
        throw ResumeError.twice(path, line: line.number, key: row.row.key)
      }
      kept += 1
      try copy.write(line.bytes + [UInt8(ascii: "\n")])
    }
    if !isWhole { try copy.finish() }
    self.rows = rows
  }

  /// Where further rows go.
  func output() throws -> OutputFile { try OutputFile(appendingTo: path) }

  /// The items that have no row yet.
  ///
  /// - Throws: `ResumeError.otherItem`.
  func left(of batch: [ItemLine]) throws -> [ItemLine] {
    let left = try batch.filter { line in
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
      StandardError.note("\(passedOver) items had their rows in \(path) already")
    }
  }
}

/// A row as it stands in the output.
private struct DoneRow {
  let row: ItemRow
  let isDone: Bool
  /// Of its dense vector, if it has one.
  let vectorLength: Int?

  init(_ line: LineReader.Line, of path: String) throws {
    var index: Int?
    var text: String?
    var image: String?
    var fields: [ItemRow.Field] = []
    var hasError = false
    var length: Int?
    do {
      try line.bytes.withUnsafeBytes { bytes in
        try JSONReader.read(bytes) { json in
          try json.readObject { key, json in
            switch key {
            case "index": index = try json.readInt()
            case "text": text = try json.readOptional { try $0.readString() }
            case "image": image = try json.readOptional { try $0.readString() }
            case "id": fields.append(.init(key: key, json: try json.readVerbatim()))
            case "error":
              hasError = true
              try json.skipValue()
            case "embedding" where try json.peek() == .string:
              length = Data(base64Encoded: try json.readString()).map { $0.count / 4 }
            case "embedding":
              var count = 0
              try json.readArray {
                _ = try $0.readDouble()
                count += 1
              }
              length = count
            default: try json.skipValue()
            }
          }
        }
      }
    } catch {
      throw ResumeError.notARow(path, line: line.number, reason: "\(error)")
    }
    guard let index else {
      throw ResumeError.notARow(path, line: line.number, reason: "it has no \"index\"")
    }
    row = ItemRow(index: index, line: line.number, text: text, image: image, fields: fields)
    isDone = !hasError
    vectorLength = length
  }
}

extension ItemRow {
  /// What a row and its item have in common.
  fileprivate var key: String {
    fields.first { $0.key == "id" && $0.json != "null" }.map { "id \($0.json)" } ?? "index \(index)"
  }
}

/// Why a file cannot be gone on with.
enum ResumeError: Error, CustomStringConvertible {
  case notAFile(String)
  case notARow(String, line: Int, reason: String)
  case otherModel(String, line: Int, expected: Int, found: Int)
  case otherItem(String, String, item: String)
  case twice(String, line: Int, key: String)

  var description: String {
    switch self {
    case .notAFile(let path): "\(path): --resume goes on with a file; this is none"
    case .notARow(let path, let line, let reason):
      "\(path), line \(line): expected a row of encode: \(reason)"
    case .otherModel(let path, let line, let expected, let found):
      "\(path), line \(line): a vector of \(found) numbers, where this model gives \(expected)"
    case .otherItem(let path, let key, let item):
      "\(path): the row with \(key) is of another text or image than \(item) of the input"
    case .twice(let path, let line, let key): "\(path), line \(line): a second row with \(key)"
    }
  }
}
