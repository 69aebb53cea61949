import Foundation
import TesseraFiles
import TesseraJSON
import TesseraTensors

extension FoundFile {
  /// Hands out the file's items one after another, and the reasons why others are none.
  ///
  /// - Parameter chunker: asked for where texts are to be cut.
  /// - Throws: `FileError`, `DraftError` where nothing of the file can be read, or what `body` throws.
  func forEachItem(
    chunker: () throws -> Chunker, digests: FileDigests,
    _ body: (Result<ItemDraft, DraftError>) throws -> Void
  ) throws {
    switch kind {
    case .picture: try body(.success(try picture(digests)))
    case .text, .markdown:
      let chunks = try chunker().chunks(of: try text(of: path), isMarkdown: kind == .markdown)
      for (number, chunk) in chunks.enumerated() {
        let item = StoredItem(
          id: "\(name)#\(number + 1)", text: chunk.text, path: path, lines: chunk.lines)
        try body(
          .success(
            try ItemDraft(
              item, text: chunk.encoded, picture: nil,
              place: "\(name), line \(chunk.lines.lowerBound)", hasOwnID: false)))
      }
    case .jsonl: try forEachLine { try body(draft(line: $1, json: $0)) }
    case .csv, .tsv:
      try forEachRecord { line, fields in
        switch fields {
        case .success(let fields): try body(draft(line...line, ListedItem(fields: fields)))
        case .failure(let error):
          try body(.failure(DraftError(place: "\(name), line \(line)", reason: "\(error)")))
        }
      }
    }
  }

  private func picture(_ digests: FileDigests) throws -> ItemDraft {
    let words = try caption.map {
      try text(of: $0).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let caption = words?.isEmpty == true ? nil : words
    let item = StoredItem(id: name, text: caption, image: path, path: path)
    return try ItemDraft(
      item, text: caption, picture: path, place: name, hasOwnID: false, digests: digests)
  }

  private func text(of path: String) throws -> String {
    guard let text = try FileContents(path).withBytes({ String(file: $0) }) else {
      throw DraftError(
        place: path, reason: "the text is not valid UTF-8, nor UTF-16 with a byte order mark")
    }
    return text
  }

  // MARK: Lists

  private func draft(line: Int, json: UnsafeRawBufferPointer) -> Result<ItemDraft, DraftError> {
    do {
      let item = try JSONReader.read(json) { try ListedItem(&$0) }
      return draft(line...line, item)
    } catch {
      return .failure(DraftError(place: "\(name), line \(line)", reason: "\(error)"))
    }
  }

  private func draft(
    _ lines: ClosedRange<Int>, _ listed: ListedItem
  ) -> Result<ItemDraft, DraftError> {
    let place = "\(name), line \(lines.lowerBound)"
    do {
      guard listed.text != nil || listed.image != nil else {
        throw DraftError(place: place, reason: "expected a text, an image or both; found neither")
      }
      let picture = try listed.image.map { try file($0, place: place) }
      let item = StoredItem(
        id: listed.id ?? "\(name)#\(lines.lowerBound)", text: listed.text, image: picture,
        path: path, lines: lines, metadata: listed.metadata)
      return .success(
        try ItemDraft(
          item, text: listed.text, picture: picture, place: place, hasOwnID: listed.id != nil))
    } catch let error as DraftError {
      return .failure(error)
    } catch {
      return .failure(DraftError(place: place, reason: "\(error)"))
    }
  }

  /// A picture that a list names: beside the list, or from where the command runs.
  private func file(_ image: String, place: String) throws -> String {
    guard !image.contains("://") else {
      throw DraftError(
        place: place, reason: "expected the path of an image file; found \(image)")
    }
    if image.hasPrefix("/") { return image }
    let folder = path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    let beside = "\(folder)/\(image)"
    if FileManager.default.fileExists(atPath: beside) { return beside }
    let here = "\(FileManager.default.currentDirectoryPath)/\(image)"
    if FileManager.default.fileExists(atPath: here) { return here }
    throw DraftError(place: place, reason: "there is neither \(beside) nor \(here)")
  }

  /// Calls `body` with each line that is not blank, and its number.
  private func forEachLine(_ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
    let lines = try LineReader(path: path)
    while let line = try lines.next() {
      guard !line.isBlank else { continue }
      try line.bytes.withUnsafeBytes { try body($0, line.number) }
    }
  }

  /// Calls `body` with each record of a table, its line and its fields under the header's names.
  private func forEachRecord(
    _ body: (Int, Result<[(key: String, value: String)], DelimitedError>) throws -> Void
  ) throws {
    let table = try DelimitedReader(
      LineReader(path: path), separator: kind == .tsv ? "\t" : ",")
    while let record = try table.next() {
      try body(record.line, record.fields.map { Array(zip(table.header, $0)) })
    }
  }
}
