import Foundation
import TesseraEmbedders
import TesseraHTTP
import TesseraJSON
import TesseraRetrieval

/// A collection on a Qdrant server, as a store.
///
/// It is made with the first rows. What made the vectors is kept in the collection's metadata, or, where
/// the server is older than 1.16 and has none, in a point without a vector, which no search finds.
/// Rows come in the order of the points' ids: the server keeps no other.
package final class QdrantStore: KeptStore {
  let collection: QdrantCollection
  private let chosen: String?
  let isExact: Bool
  /// Nil before the first row.
  private(set) var vector: QdrantVector?
  /// Kinds of vectors beside the dense one.
  private var lists: [VectorKind] = []
  /// The server's release, as far as its first two numbers; nil where it does not say.
  let release: (Int, Int)?
  private var values: [String: String]
  /// Whether values are kept in a point, which then is none of the rows.
  private var hasAboutPoint = false

  private static let aboutID = PointID(ofRow: "about this collection, in Tessera's words")
  private static let aboutKey = "tessera_about"
  private static let batchRows = 128
  private static let pageRows = 256

  /// - Parameters:
  ///   - vector: the name of the vector that is meant, where there are several.
  ///   - exact: whether the server is to compare every point, past its index.
  ///   - creating: whether a collection that is not there will be made.
  /// - Throws: `QdrantError`.
  package init(
    _ server: QdrantServer, collection name: String, vector chosen: String?, exact: Bool,
    creating: Bool
  ) throws {
    collection = QdrantCollection(server: server, name: name)
    self.chosen = chosen
    isExact = exact
    let version = try server.version()
    let parts = version?.split(separator: ".").prefix(2).compactMap { Int($0) } ?? []
    release = parts.count == 2 ? (parts[0], parts[1]) : nil
    if let version, let release, release < (1, 10) {
      throw QdrantError.version(host: server.host, version)
    }
    guard let info = try collection.info() else {
      guard creating else {
        throw QdrantError.noCollection(name, at: server.host, known: try collection.names())
      }
      values = ["layout": "1"]
      return
    }
    vector = try .choose(chosen, of: info.vectors, in: collection.place)
    lists = info.lists
    values = Self.values(info.metadata?[QdrantPayload.ownKey])
    if values.isEmpty,
      let about = try collection.points([Self.aboutID], payload: true, vectors: []).first
    {
      hasAboutPoint = true
      let payload = try JSONReader.read(about.payload) { try $0.readValue() }
      values = Self.values(payload[Self.aboutKey])
    }
  }

  private static func values(_ json: JSONValue?) -> [String: String] {
    guard case .object(let members) = json else { return [:] }
    return Dictionary(
      members.compactMap { member in member.value.string.map { (member.key, $0) } },
      uniquingKeysWith: { $1 })
  }

  package var place: String { collection.place }
  package var problems: [String] { [] }
  package var remarks: [String] { [] }

  /// Whether all points are Tessera's.
  private var isOwn: Bool { values["layout"] == "1" }

  package func describe() throws -> StoreDescription {
    StoreDescription(
      place: place, rowCount: try count(), dimension: vector?.size, fingerprint: try fingerprint())
  }

  package func value(of key: String) -> String? { values[key] }

  package func setValue(_ value: String, of key: String) throws {
    values[key] = value
    if vector != nil { try keepValues() }
  }

  private func keepValues() throws {
    if !hasAboutPoint {
      do {
        try collection.setMetadata(values)
      } catch QdrantError.status(_, 400..<500, _) {
        // Servers that have no metadata do not know the request, or take it and forget it.
      }
      if Self.values(try collection.info()?.metadata?[QdrantPayload.ownKey]) == values { return }
    }
    var json = JSONWriter()
    json.writeObject { object in
      // LlamaIndex fails for a point with neither a node nor a text.
      object.member("text", "")
      object.object(Self.aboutKey) { object in
        for (key, value) in values.sorted(by: { $0.key < $1.key }) { object.member(key, value) }
      }
    }
    try collection.upsert([(Self.aboutID, json.text, PointVectors())], vector?.name ?? "")
    hasAboutPoint = true
  }

  // MARK: Kinds

  package var vectorKinds: [VectorKind] { [.dense] + lists }
  package var possibleKinds: [VectorKind] { VectorKind.allCases }

  package func setVectorKinds(_ kinds: [VectorKind]) throws {
    guard vector == nil || kinds == vectorKinds else {
      throw QdrantError.otherKinds(
        collection.place, has: vectorKinds.map(\.rawValue), asked: kinds.map(\.rawValue))
    }
    lists = kinds.filter { $0 != .dense }
  }

  /// Names of all vectors that are kept here, the dense one first.
  private func vectorNames(_ vector: QdrantVector) -> [String] {
    [vector.name] + (lists.contains(.sparse) ? [QdrantVector.sparseName] : [])
      + (lists.contains(.colbert) ? [QdrantVector.tokensName] : [])
  }

  // MARK: Rows

  package func count() throws -> Int {
    guard vector != nil else { return 0 }
    return try collection.count(condition(nil))
  }

  package func add(kept rows: [KeptRow]) throws {
    guard let first = rows.first else { return }
    try RowCheck(dimension: vector?.size).check(
      rows.map { StoreRow($0.item, vector: $0.vector) })
    let points = try rows.map { row in
      let id = PointID(ofRow: row.item.id)
      return (
        id, try QdrantPayload.json(row.item, source: row.source, point: id),
        try PointVectors(row.row, vectorKinds)
      )
    }
    let vector = try vector ?? create(like: first)
    for start in stride(from: 0, to: points.count, by: Self.batchRows) {
      try collection.upsert(
        points[start..<min(start + Self.batchRows, points.count)].map { ($0.0, $0.1, $0.2) },
        vector.name)
    }
  }

  private func create(like row: KeptRow) throws -> QdrantVector {
    let new = QdrantVector(
      name: chosen ?? QdrantVector.llamaIndexName, size: row.vector.count, distance: "Cosine",
      isMulti: false)
    try collection.create(
      new, hasSparse: lists.contains(.sparse),
      tokenWidth: lists.contains(.colbert) ? row.tokenVectors?.first?.count : nil,
      metadata: values)
    vector = new
    try keepValues()
    return new
  }

  package func remove(ids: [String]) throws -> Int {
    guard vector != nil, !ids.isEmpty else { return 0 }
    var count = 0
    for start in stride(from: 0, to: ids.count, by: Self.pageRows) {
      let points = Set(ids[start..<min(start + Self.pageRows, ids.count)].map(PointID.init(ofRow:)))
      let found = try collection.points(Array(points), payload: false, vectors: []).map(\.id)
      if !found.isEmpty { try collection.delete(found) }
      count += found.count
    }
    return count
  }

  package func rows(_ selection: StoreSelection) throws -> [StoredItem] {
    var items: [StoredItem] = []
    try forEachPoint(selection, withVectors: false) { item, _, _ in items.append(item) }
    return items
  }

  package func forEachKept(
    _ selection: StoreSelection, _ body: (KeptRow) throws -> Void
  ) throws {
    try forEachPoint(selection, withVectors: true) { item, source, vectors in
      // A point may lack the vector that is meant.
      if let row = KeptRow(item, vectors, source) { try body(row) }
    }
  }

  private func forEachPoint(
    _ selection: StoreSelection, withVectors: Bool,
    _ body: (StoredItem, SourceRecord?, PointVectors) throws -> Void
  ) throws {
    guard let vector else { return }
    var (skipped, given) = (0, 0)
    var start: PointID?
    repeat {
      let page = try collection.scroll(
        condition(selection.filter), from: start, limit: Self.pageRows,
        vectors: withVectors ? vectorNames(vector) : [])
      for point in page.points {
        let payload = try QdrantPayload(point.payload, of: point.id)
        guard selection.filter?.matches(payload.item, source: payload.source) ?? true else {
          continue
        }
        guard skipped >= selection.offset else {
          skipped += 1
          continue
        }
        guard given < selection.limit ?? .max else { return }
        given += 1
        try body(payload.item, payload.source, point.vectors)
      }
      start = page.next
    } while start != nil
  }

  package func kept(ids: [String]) throws -> [String: KeptRow] {
    guard let vector else { return [:] }
    let points = try collection.points(
      Array(Set(ids.map(PointID.init(ofRow:)))), payload: true, vectors: vectorNames(vector))
    var rows: [String: KeptRow] = [:]
    for point in points {
      let payload = try QdrantPayload(point.payload, of: point.id)
      rows[payload.item.id] = KeptRow(payload.item, point.vectors, payload.source)
    }
    return rows
  }

  /// What is asked for of the points, as the server knows it; nil for all.
  func condition(_ filter: Filter?) -> String? {
    var parts =
      filter.flatMap { QdrantFilter($0, isOwn: isOwn).json }.map { "\"must\":[\($0)]" }
      .map { [$0] } ?? []
    if hasAboutPoint {
      parts.append("\"must_not\":[{\"has_id\":[\"\(Self.aboutID)\"]}]")
    }
    return parts.isEmpty ? nil : "{\(parts.joined(separator: ","))}"
  }
}

extension KeptRow {
  /// Nil for a point without the dense vector.
  fileprivate init?(_ item: StoredItem, _ vectors: PointVectors, _ source: SourceRecord?) {
    guard let dense = vectors.dense else { return nil }
    self.init(item: item, vector: dense, source: source)
    lexicalWeights = vectors.sparse
    tokenVectors = vectors.tokens
  }
}
