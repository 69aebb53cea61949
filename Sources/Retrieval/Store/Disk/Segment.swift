import Foundation
import GRDB
import TesseraEmbedders
import TesseraFiles
import TesseraTensors

/// A part of a store's rows, in files of their own.
package struct Segment {
  let number: Int
  /// Of the store's rows.
  let firstRow: Int
  package var rowCount: Int

  var rows: Range<Int> { firstRow..<firstRow + rowCount }

  /// The first file of one kind of vectors.
  func path(ofVectors kind: VectorKind, in folder: String) -> String {
    ListKind(rawValue: kind.rawValue)?.path(folder, segment: number)
      ?? SegmentColumn.vectors.path(folder, segment: number)
  }

  /// Maps the files, as far as rows are committed.
  ///
  /// - Throws: `StoreError`, `FileError`.
  func map(_ folder: String, dimension: Int) throws -> VectorBlock {
    func numbers<Number>(_ column: SegmentColumn) throws -> StoredNumbers<Number> {
      let storage = try mapped(column, folder, dimension)
      let perRow = column.bytesPerRow(dimension: dimension) / MemoryLayout<Number>.stride
      return StoredNumbers(
        storage, byteOffset: SegmentColumn.headerLength, count: rowCount * perRow)
    }
    let codes = RowCodes(
      codes: try numbers(.codes), scales: try numbers(.scales), errors: try numbers(.errors),
      norms: try numbers(.norms), dimension: dimension)
    return VectorBlock(try numbers(.vectors), dimension: dimension, codes: codes)
  }

  private func mapped(
    _ column: SegmentColumn, _ folder: String, _ dimension: Int
  ) throws -> TensorStorage {
    try Self.mapped(
      column.path(folder, segment: number), like: column.header(dimension: dimension),
      rows: rowCount)
  }

  /// Maps a file that has so many rows at least.
  ///
  /// - Parameter model: the header that it would have without rows.
  static func mapped(
    _ path: String, like model: NumPyHeader, rows: Int
  ) throws -> TensorStorage {
    let storage = TensorStorage(try MappedFile(path))
    return try withExtendedLifetime(storage) {
      let expected = model.byteCount + rows * model.bytesPerRow
      guard storage.bytes.count >= expected else {
        throw StoreError.truncated(file: path, expected: expected, found: storage.bytes.count)
      }
      let header: NumPyHeader
      do {
        header = try NumPyHeader(reading: storage.bytes, of: path)
      } catch let error as NumPyError {
        throw StoreError.damaged(
          file: path, reason: "expected \(error.expected); found \(error.found)")
      }
      // How many rows there are is for others to read: what counts is the database.
      guard header.type == model.type, !header.isFortranOrder,
        header.byteCount == model.byteCount, header.counting(0) == model
      else {
        throw StoreError.damaged(
          file: path,
          reason: "the header is not that of \(model.type) in rows of \(model.bytesPerRow) bytes")
      }
      return storage
    }
  }

  /// Beyond what a disk holds.
  private static let mostRows = 1 << 33

  package static func all(in database: Database) throws -> (segments: [Segment], dead: RowSet) {
    var dead: [UInt64] = []
    var segments: [Segment] = []
    let rows = try Row.fetchCursor(database, sql: "SELECT * FROM segment ORDER BY first_row")
    while let row = try rows.next() {
      let segment = Segment(
        number: try row.required("number"), firstRow: try row.required("first_row"),
        rowCount: try row.required("rows"))
      let end = segments.last.map { $0.firstRow + $0.rowCount } ?? 0
      guard segment.number >= 0, (end...mostRows).contains(segment.firstRow),
        (0...mostRows).contains(segment.rowCount)
      else {
        throw StoreError.damaged(
          file: StoreDatabase.fileName,
          reason:
            "segment \(segment.number) has \(segment.rowCount) rows from \(segment.firstRow) on, and"
            + " those before it end at \(end)")
      }
      segments.append(segment)
      dead += repeatElement(0, count: max(0, segment.firstRow / 64 - dead.count))
      dead += try row.required("dead", as: Data.self).words.prefix((segment.rowCount + 63) / 64)
    }
    return (segments, RowSet(words: dead))
  }

  /// The bits of a segment's removed rows.
  func deadBits(of dead: RowSet) -> [UInt8] {
    let words = dead.words.dropFirst(firstRow / 64).prefix((rowCount + 63) / 64)
    return words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
  }
}

extension Data {
  /// The bytes as little-endian words.
  fileprivate var words: [UInt64] {
    withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count - 7, by: 8).map { offset in
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      }
    }
  }
}
