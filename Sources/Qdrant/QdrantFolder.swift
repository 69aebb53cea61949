import Foundation
import GRDB
import TesseraCheckpoints
import TesseraEmbedders
import TesseraJSON
import TesseraRetrieval

/// A collection in a folder of qdrant-client's local mode, to be read only.
///
/// Its points are Python pickles, which this reads and never executes; one that asks for anything to
/// be called is refused, and the others are read.
package final class QdrantFolder: KeptStore {
  package let place: String
  package let remarks: [String]
  package let problems: [String]
  /// The vector by which it is searched.
  package let vector: QdrantVector
  private let metadata: JSONValue?
  private let rows: [KeptRow]

  /// - Parameters:
  ///   - path: the folder that holds meta.json.
  ///   - vector: the name of the vector that is meant, where there are several.
  /// - Throws: `QdrantError`, or what is wrong with a file.
  package init(_ path: String, collection name: String, vector chosen: String?) throws {
    let collection = try LocalCollection(path, name)
    place = "qdrant+file://\(path)/\(name)"
    vector = try .choose(chosen, of: collection.vectors, in: place)
    metadata = collection.metadata
    let found = try collection.points()
    var problems = found.problems
    var rows: [KeptRow] = []
    var lackCount = 0
    for point in found.points {
      guard let numbers = point.dense[vector.name] else {
        lackCount += 1
        continue
      }
      do {
        rows.append(try vector.row(point, numbers))
      } catch {
        problems.append("point \(point.id): \(error)")
      }
    }
    self.rows = rows
    self.problems = problems
    remarks =
      (collection.isInUse
        ? ["another process has \(path) open; what it writes from now on is not seen"] : [])
      + (lackCount > 0
        ? ["\(lackCount) points have no vector \"\(vector.name)\" and are left out"] : [])
  }

  package func count() -> Int { rows.count }

  package func describe() throws -> StoreDescription {
    StoreDescription(
      place: place, rowCount: rows.count, dimension: vector.size, fingerprint: try fingerprint())
  }

  package func value(of key: String) -> String? {
    metadata?[QdrantPayload.ownKey]?[key]?.string
  }

  package func setValue(_ value: String, of key: String) throws {
    throw StoreError.readOnly(place)
  }
  package func add(kept rows: [KeptRow]) throws { throw StoreError.readOnly(place) }
  package func remove(ids: [String]) throws -> Int { throw StoreError.readOnly(place) }

  package func rows(_ selection: StoreSelection) -> [StoredItem] { kept(selection).map(\.item) }

  package func forEachKept(
    _ selection: StoreSelection, _ body: (KeptRow) throws -> Void
  ) throws {
    try kept(selection).forEach(body)
  }

  package func kept(ids: [String]) -> [String: KeptRow] {
    let wanted = Set(ids)
    return Dictionary(
      rows.lazy.filter { wanted.contains($0.item.id) }.map { ($0.item.id, $0) },
      uniquingKeysWith: { $1 })
  }

  private func kept(_ selection: StoreSelection) -> ArraySlice<KeptRow> {
    rows.filter { selection.filter?.matches($0.item, source: $0.source) ?? true }
      .dropFirst(selection.offset).prefix(selection.limit ?? .max)
  }

  package func search(_ queries: [[Float]], _ request: StoreRequest) throws -> [[StoreHit]] {
    let meant = kept(StoreSelection(filter: request.filter))
    return try queries.enumerated().map { index, query in
      guard query.count == vector.size else {
        throw StoreError.dimension(
          id: "query \(index)", expected: vector.size, found: query.count)
      }
      guard let unit = query.ofLengthOne else { throw StoreError.noDirection(id: "query \(index)") }
      let scores = meant.map { Float(dot($0.vector, unit)) }
      let least = request.minimumScore ?? -.infinity
      return scores.indices.filter { scores[$0] >= least }
        .sorted { (scores[$1], $0) < (scores[$0], $1) }
        .dropFirst(request.offset).prefix(request.limit)
        .map { StoreHit(item: meant[meant.startIndex + $0].item, score: scores[$0]) }
    }
  }
}

extension QdrantVector {
  /// A point as a row; vectors that are compared by their directions get length 1, as in the client.
  fileprivate func row(_ point: LocalPoint, _ numbers: [Float]) throws -> KeptRow {
    let payload = try QdrantPayload(point.payload, of: point.id)
    guard numbers.count == size else {
      throw StoreError.dimension(id: payload.item.id, expected: size, found: numbers.count)
    }
    guard numbers.allSatisfy(\.isFinite) else { throw StoreError.notFinite(id: payload.item.id) }
    return KeptRow(
      item: payload.item, vector: distance == "Cosine" ? numbers.ofLengthOne ?? numbers : numbers,
      source: payload.source)
  }
}

/// What a folder says of one of its collections, and its points.
package struct LocalCollection {
  let vectors: [QdrantVector]
  let metadata: JSONValue?
  /// Whether a client has the folder open.
  let isInUse: Bool
  private let database: String

  /// - Throws: `QdrantError`.
  package init(_ path: String, _ name: String) throws {
    let file = "\(path)/meta.json"
    guard let data = FileManager.default.contents(atPath: file) else {
      throw QdrantError.noFolder(path)
    }
    let meta: JSONValue
    do {
      meta = try data.withUnsafeBytes { try JSONReader.read($0) { try $0.readValue() } }
    } catch let error as JSONError {
      throw QdrantError.damaged(file: file, reason: "\(error)")
    }
    guard case .object(let collections) = meta["collections"] else {
      throw QdrantError.damaged(file: file, reason: "expected collections")
    }
    let own = meta["aliases"]?[name]?.string ?? name
    guard let found = collections.first(where: { $0.key == own })?.value, !own.contains("/") else {
      throw QdrantError.noCollection(name, at: path, known: collections.map(\.key).sorted())
    }
    vectors = QdrantVector.list(found["vectors"])
    metadata = found["metadata"]
    database = "\(path)/collection/\(own)/storage.sqlite"
    isInUse = Self.isLocked("\(path)/.lock")
  }

  /// The client holds an exclusive lock while it is open.
  private static func isLocked(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// The points in the order in which they were written first, and those that cannot be read.
  package func points() throws -> (points: [LocalPoint], problems: [String]) {
    guard FileManager.default.fileExists(atPath: database) else {
      throw QdrantError.damaged(file: database, reason: "it is missing")
    }
    var points: [LocalPoint] = []
    var places: [PointID: Int] = [:]
    var problems: [String] = []
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    do {
      try DatabaseQueue(path: database, configuration: configuration).read { database in
        let rows = try Row.fetchCursor(
          database, sql: "SELECT rowid, point FROM points ORDER BY rowid")
        while let row = try rows.next() {
          do {
            let blob: Data = row["point"] ?? Data()
            let point = try blob.withUnsafeBytes { try LocalPoint($0) }
            // Older clients wrote a point again under another spelling of its id: the last one counts.
            if let place = places[point.id] {
              points[place] = point
            } else {
              places[point.id] = points.count
              points.append(point)
            }
          } catch {
            problems.append("\(self.database): row \(row["rowid"] as Int): \(error)")
          }
        }
      }
    } catch let error as DatabaseError {
      throw QdrantError.damaged(file: database, reason: error.message ?? "\(error)")
    }
    return (points, problems)
  }
}
