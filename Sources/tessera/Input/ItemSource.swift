import Embedders
import Foundation

/// Items one after another, read as they are needed: a file of any length takes no more memory
/// than a few of its lines.
struct ItemSource {
  private let next: () throws -> ItemLine?

  /// Items that are encoded together at most; rows appear as soon as theirs are done.
  private static let batchSize = 64

  init(lines: [ItemLine]) {
    var lines = lines.makeIterator()
    next = { lines.next() }
  }

  /// - Parameter path: a JSONL file, or - for standard input. Empty lines are passed over.
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
  }

  /// Items as arguments: a text, @IMAGE, or "@IMAGE text".
  init(shorthand: [String]) {
    self.init(
      lines: shorthand.enumerated().map { index, argument in
        guard argument.hasPrefix("@") else {
          return ItemLine(index: index, text: argument, image: nil)
        }
        let parts = argument.dropFirst().split(
          separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        return ItemLine(
          index: index, text: parts.count > 1 ? String(parts[1]) : nil, image: String(parts[0]))
      })
  }

  func forEachBatch(_ body: ([ItemLine]) throws -> Void) throws {
    var batch: [ItemLine] = []
    while let line = try next() {
      batch.append(line)
      if batch.count == Self.batchSize {
        try body(batch)
        batch.removeAll(keepingCapacity: true)
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
