import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraJSON
import TesseraTensors

/// Vectors that were made elsewhere.
package struct VectorFile {
  /// Rows of it, each a vector or the reason why it is none.
  package let rows: [Result<StoreRow, DraftError>]

  /// - Parameter ids: a file with an id a line; nil: the numbers of the rows, from 0.
  /// - Throws: what is wrong with a file.
  package init(_ path: String, ids: String?) throws {
    let ids = try ids.map { try Self.lines(of: $0) }
    let matrix: Tensor
    if path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson") {
      guard ids == nil else {
        throw DraftError(place: path, reason: "a line's \"id\" is its id; --ids is for matrices")
      }
      rows = try Self.rows(ofLines: path)
      return
    } else if path.hasSuffix(".safetensors") {
      matrix = try Self.matrix(safetensors: path)
    } else if path.hasSuffix(".npy") {
      matrix = try NumPyFile(path: path).tensor
    } else {
      throw DraftError(place: path, reason: "the name must end with .npy, .safetensors or .jsonl")
    }
    if let ids, ids.count != matrix.rowCount {
      throw DraftError(
        place: path, reason: "expected as many ids as rows, \(matrix.rowCount); found \(ids.count)")
    }
    rows = (0..<matrix.rowCount).map { row in
      let item = StoredItem(id: ids?[row] ?? "\(row)")
      return .success(StoreRow(item, vector: matrix.row(row).elements))
    }
  }

  private static func lines(of path: String) throws -> [String] {
    let text = try FileContents(path).withBytes { String(validating: $0, as: UTF8.self) }
    guard let text else { throw DraftError(place: path, reason: "not valid UTF-8") }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0.last == "\r" ? $0.dropLast() : $0) }
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  private static func matrix(safetensors path: String) throws -> Tensor {
    let file = try SafetensorsFile(path: path)
    let name = file.names.count == 1 ? file.names[0] : "embeddings"
    guard let tensor = file[name] else {
      throw DraftError(
        place: path, reason: "expected one tensor, or one named embeddings; found \(file.names)")
    }
    guard tensor.dtype.isFloatingPoint, tensor.shape.count == 2 else {
      throw DraftError(
        place: path,
        reason: "\(name): expected a matrix of floating point, [rows, dimension]; found"
          + " \(tensor.dtype.rawValue) \(tensor.shape)")
    }
    return tensor.widened()
  }

  /// `{"id": …, "embedding": […], "text": …, "image": …}` and further fields.
  private static func rows(ofLines path: String) throws -> [Result<StoreRow, DraftError>] {
    try lines(of: path).enumerated().compactMap { number, line in
      guard line.contains(where: { !$0.isWhitespace }) else { return nil }
      let place = "\(path), line \(number + 1)"
      do {
        return .success(try row(line, index: number))
      } catch {
        return .failure(DraftError(place: place, reason: "\(error)"))
      }
    }
  }

  private static func row(_ line: String, index: Int) throws -> StoreRow {
    var vector: [Float]?
    var rest = JSONWriter()
    try JSONReader.read(line) { json in
      var members: [(key: String, value: String)] = []
      try json.readObject { key, json in
        if key == "embedding" {
          var numbers: [Float] = []
          try json.readArray { numbers.append(Float(try $0.readDouble())) }
          vector = numbers
        } else {
          members.append((key, try json.readVerbatim()))
        }
      }
      rest.writeObject { object in
        for member in members { object.member(member.key) { $0.writeRaw(member.value) } }
      }
    }
    guard let vector else { throw MissingEmbedding() }
    let listed = try JSONReader.read(rest.text) { try ListedItem(&$0) }
    return StoreRow(
      StoredItem(
        id: listed.id ?? "\(index)", text: listed.text, image: listed.image,
        metadata: listed.metadata), vector: vector)
  }

  private struct MissingEmbedding: Error, CustomStringConvertible {
    var description: String { "expected an array \"embedding\"; found none" }
  }
}

extension DiskStore {
  /// Adds vectors; a row takes the place of another with its id.
  ///
  /// - Parameter report: told what is wrong with a row, which does not stop the others.
  /// - Throws: what is wrong with the store.
  package func add(_ file: VectorFile, report: (String) -> Void) throws -> IndexCounts {
    var counts = IndexCounts()
    var seen: Set<String> = []
    var batch: [StoreRow] = []
    func flush() throws {
      try add(batch)
      batch = []
    }
    for row in file.rows {
      do {
        let row = try row.get()
        guard seen.insert(row.item.id).inserted else { throw StoreError.repeatedID(row.item.id) }
        try RowCheck(dimension: dimension ?? batch.first?.vector.count).check([row])
        guard let unit = row.vector.ofLengthOne else {
          throw StoreError.noDirection(id: row.item.id)
        }
        if let old = try self.row(ofID: row.item.id) {
          if try vector(row: old.row) == unit, old.item == row.item {
            counts.unchanged += 1
            continue
          }
          counts.changed += 1
        } else {
          counts.added += 1
        }
        batch.append(row)
      } catch let error where error is StoreError || error is DraftError {
        counts.failed += 1
        report("\(error)")
      }
      if batch.count == 4096 { try flush() }
    }
    try flush()
    return counts
  }

  /// The row of an id, and what is known of it.
  package func row(ofID id: String) throws -> (row: Int, item: StoredItem)? {
    try read { database in
      let row = try Int.fetchOne(
        database.cachedStatement(sql: "SELECT row FROM item WHERE id = ?"), arguments: [id])
      guard let row, let item = try StoredItem.find(row: row, in: database) else { return nil }
      return (row, item)
    }
  }
}
