import Foundation
import TesseraEmbedders

/// Items one after another, read as they are needed: a file of any length takes no more memory
/// than a few of its lines.
struct ItemSource {
  /// The file that the items are read from; nil for arguments and pipes.
  let file: FileIdentity?
  private let next: () throws -> ItemLine?
  private let isNextAtHand: () throws -> Bool

  /// Items that are encoded together at most; rows appear as soon as theirs are done.
  private static let batchSize = 64
  /// Bytes of text at which a batch is full: long documents need no company.
  private static let batchBytes = 1 << 20

  init(lines: [ItemLine]) {
    var lines = lines.makeIterator()
    next = { lines.next() }
    isNextAtHand = { true }
    file = nil
  }

  /// Items of a JSONL file, or of standard input if the path is -.
  ///
  /// Empty lines are passed over.
  init(path: String) throws {
    let reader = try LineReader(path: path)
    var index = 0
    next = {
      while let line = try reader.next() {
        guard !line.isBlank else { continue }
        defer { index += 1 }
        return line.bytes.withUnsafeBytes {
          ItemLine(index: index, line: line.number, json: $0)
        }
      }
      return nil
    }
    isNextAtHand = { try reader.isNextAtHand() }
    file = reader.identity
  }

  /// Items as arguments: a text, @IMAGE, or "@IMAGE text".
  init(shorthand: [String]) {
    self.init(lines: shorthand.enumerated().map { Self.line($0, shorthand: $1) })
  }

  /// The item of one argument: a text, @IMAGE, or "@IMAGE text".
  static func line(_ index: Int = 0, shorthand argument: String) -> ItemLine {
    guard argument.hasPrefix("@") else {
      return ItemLine(index: index, text: argument, image: nil)
    }
    let (image, text) = imageAndText(argument.dropFirst())
    return ItemLine(index: index, text: text, image: image)
  }

  /// The image is the longest file name that the argument begins with and a space, or its end,
  /// follows; or else what stands before the first space.
  private static func imageAndText(_ argument: Substring) -> (image: String, text: String?) {
    let spaces = argument.prefix(Int(PATH_MAX)).indices.filter { argument[$0] == " " }
    let ends = [argument.endIndex] + spaces.reversed()
    let end =
      ends.first { FileManager.default.fileExists(atPath: String(argument[..<$0])) }
      ?? spaces.first ?? argument.endIndex
    let text = end == argument.endIndex ? nil : String(argument[end...].dropFirst())
    return (String(argument[..<end]), text)
  }

  /// Hands items over as they come: a batch ends when it is full, and when the next item would
  /// have to be waited for.
  func forEachBatch(_ body: ([ItemLine]) throws -> Void) throws {
    var batch: [ItemLine] = []
    var bytes = 0
    while let line = try next() {
      batch.append(line)
      bytes += line.row.text?.utf8.count ?? 0
      let isFull = batch.count == Self.batchSize || bytes >= Self.batchBytes
      if try isFull || !isNextAtHand() {
        try body(batch)
        batch.removeAll(keepingCapacity: true)
        bytes = 0
      }
    }
    if !batch.isEmpty { try body(batch) }
  }
}

extension Embedder {
  /// Encodes the items that could be read; the others keep their failure.
  func encode(
    _ lines: [ItemLine], returning kinds: [VectorKind] = [.dense]
  ) throws -> [(row: ItemRow, result: Result<Embedding, ItemFailure>)] {
    var results = try encode(lines.compactMap { try? $0.item.get() }, returning: kinds)
      .makeIterator()
    return lines.map { line in
      let result = line.item.flatMap { _ in
        (results.next() ?? .failure(.emptyItem)).mapError(ItemFailure.encoding)
      }
      return (line.row, result)
    }
  }
}
