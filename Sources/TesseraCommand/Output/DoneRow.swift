import Foundation
import TesseraFiles
import TesseraJSON

/// A row as it stands in the output.
struct DoneRow {
  let row: ItemRow
  let isDone: Bool
  /// Of its dense vector, if it has one.
  let vectorLength: Int?
  /// How its vectors are written, as far as one sees.
  let spelling: RowFormat?

  init(_ line: LineReader.Line, of path: String) throws {
    var members = Members()
    do {
      try line.bytes.withUnsafeBytes { bytes in
        try JSONReader.read(bytes) { json in
          try json.readObject { key, json in try members.read(key, &json) }
        }
      }
    } catch {
      throw ResumeError.notARow(path, line: line.number, reason: "\(error)")
    }
    guard let index = members.index else {
      throw ResumeError.notARow(path, line: line.number, reason: "it has no \"index\"")
    }
    row = ItemRow(
      index: index, line: line.number, text: members.text, image: members.image,
      fields: members.fields)
    isDone = !members.hasError
    vectorLength = members.vectorLength
    spelling = members.spelling
  }

  /// What of the row's object counts here.
  private struct Members {
    var index: Int?
    var text: String?
    var image: String?
    var fields: [ItemRow.Field] = []
    var hasError = false
    var vectorLength: Int?
    var spelling: RowFormat?

    mutating func read(_ key: String, _ json: inout JSONReader) throws {
      switch key {
      case "index": index = try json.readInt()
      case "text": text = try json.readOptional { try $0.readString() }
      case "image": image = try json.readOptional { try $0.readString() }
      case "id": fields.append(.init(key: key, json: try json.readVerbatim()))
      case "error":
        hasError = true
        try json.skipValue()
      case "embedding" where try json.peek() == .string:
        vectorLength = Data(base64Encoded: try json.readString()).map { $0.count / 4 }
        spelling = .base64
      case "embedding":
        var count = 0
        try json.readArray {
          _ = try $0.readDouble()
          count += 1
        }
        vectorLength = count
        spelling = .jsonl
      default: try json.skipValue()
      }
    }
  }
}

/// Why a file cannot be gone on with.
enum ResumeError: Error, CustomStringConvertible {
  case notAFile(String)
  case inUse(String)
  case notARow(String, line: Int, reason: String)
  case otherFormat(String, line: Int, expected: RowFormat, found: RowFormat)
  case otherDimension(String, line: Int, expected: Int, found: Int)
  case otherVectors(String, line: Int, RowVectors.Difference)
  case otherItem(String, String, item: String)
  case twice(String, line: Int, key: String)
  case repeated(String, item: String)

  var description: String {
    switch self {
    case .notAFile(let path): "\(path): --resume goes on with a file; this is none"
    case .inUse(let path): "\(path): another run is adding rows to it; expected to be the only one"
    case .notARow(let path, let line, let reason):
      "\(path), line \(line): expected a row of encode: \(reason)"
    case .otherFormat(let path, let line, let expected, let found):
      "\(path), line \(line): expected vectors in the format \(expected.rawValue); found"
        + " \(found.rawValue): give --format \(found.rawValue), or another --output"
    case .otherDimension(let path, let line, let expected, let found):
      "\(path), line \(line): a vector of \(found) numbers, where this model gives \(expected)"
    case .otherVectors(let path, let line, let difference):
      "\(path), line \(line): a row of another model or of other options: expected"
        + " \(difference.expected), as this run computes it; found \(difference.found): give another"
        + " --output, or remove the file"
    case .otherItem(let path, let key, let item):
      "\(path): the row with \(key) is of another text or image than \(item) of the input"
    case .twice(let path, let line, let key): "\(path), line \(line): a second row with \(key)"
    case .repeated(let key, let item):
      "\(item): a second item with \(key), by which --resume would know its row: give each item its own"
    }
  }
}
