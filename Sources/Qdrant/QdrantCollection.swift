import TesseraEmbedders
import TesseraJSON
import TesseraRetrieval

/// A collection on a server: what it is, and its points, by requests of REST.
struct QdrantCollection {
  let server: QdrantServer
  let name: String

  /// What the server says of a collection.
  struct Info {
    let vectors: [QdrantVector]
    /// Kinds of vectors beside the dense one, under the names that LlamaIndex and this give them.
    let lists: [VectorKind]
    let metadata: JSONValue?
  }

  /// A point of an answer.
  struct Point {
    var id = PointID.number(0)
    var payload = "{}"
    var vectors = PointVectors()
    var score: Float = 0
  }

  var place: String { "\(server.host)/\(name)" }

  private func call(
    _ method: String, _ path: [String] = [], wait: Bool = false, _ body: String? = nil
  ) throws -> String {
    try server.call(method, ["collections", name] + path, wait: wait, body)
  }

  private static func text(_ body: (inout JSONWriter.ObjectWriter) -> Void) -> String {
    var json = JSONWriter()
    json.writeObject(body)
    return json.text
  }

  // MARK: The collection

  /// Nil where there is none of this name.
  func info() throws -> Info? {
    let result: String
    do {
      result = try call("GET")
    } catch QdrantError.status(_, 404, _) {
      return nil
    }
    let value = try JSONReader.read(result) { try $0.readValue() }
    let config = value["config"]
    let vectors = QdrantVector.list(config?["params"]?["vectors"])
    var lists: [VectorKind] = []
    if case .object(let members) = config?["params"]?["sparse_vectors"],
      members.contains(where: { $0.key == QdrantVector.sparseName })
    {
      lists.append(.sparse)
    }
    if vectors.contains(where: { $0.name == QdrantVector.tokensName && $0.isMulti }) {
      lists.append(.colbert)
    }
    return Info(vectors: vectors, lists: lists, metadata: config?["metadata"])
  }

  func names() throws -> [String] {
    let value = try JSONReader.read(try server.call("GET", ["collections"])) {
      try $0.readValue()
    }
    return (value["collections"]?.array ?? []).compactMap { $0["name"]?.string }.sorted()
  }

  /// - Parameter tokenWidth: numbers in a token's vector; nil where points have none.
  func create(
    _ vector: QdrantVector, hasSparse: Bool, tokenWidth: Int?, metadata: [String: String]
  ) throws {
    _ = try call(
      "PUT",
      Self.text { object in
        object.object("vectors") { object in
          object.object(vector.name) { object in
            object.member("size", vector.size)
            object.member("distance", vector.distance)
          }
          if let tokenWidth {
            object.object(QdrantVector.tokensName) { object in
              object.member("size", tokenWidth)
              object.member("distance", "Cosine")
              object.object("multivector_config") { $0.member("comparator", "max_sim") }
              // They only order what others have found, or are all compared.
              object.object("hnsw_config") { $0.member("m", 0) }
            }
          }
        }
        if hasSparse {
          object.object("sparse_vectors") { $0.object(QdrantVector.sparseName) { _ in } }
        }
        object.object("metadata") { Self.write(metadata, to: &$0) }
      })
    // LlamaIndex deletes by doc_id; the others are what is asked for most.
    for field in ["doc_id", "\(QdrantPayload.ownKey).id", "\(QdrantPayload.ownKey).kind"] {
      _ = try call(
        "PUT", ["index"], wait: true,
        Self.text { object in
          object.member("field_name", field)
          object.member("field_schema", "keyword")
        })
    }
  }

  private func call(_ method: String, _ body: String) throws -> String {
    try call(method, [], body)
  }

  /// Keeps what the collection says of itself.
  func setMetadata(_ metadata: [String: String]) throws {
    _ = try call(
      "PATCH",
      Self.text { $0.object("metadata") { Self.write(metadata, to: &$0) } })
  }

  private static func write(
    _ metadata: [String: String], to object: inout JSONWriter.ObjectWriter
  ) {
    object.object(QdrantPayload.ownKey) { object in
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { object.member(key, value) }
    }
  }

  // MARK: Points

  func count(_ filter: String?) throws -> Int {
    let result = try call(
      "POST", ["points", "count"],
      Self.text { object in
        if let filter { object.member("filter") { $0.writeRaw(filter) } }
        object.member("exact", true)
      })
    let value = try JSONReader.read(result) { try $0.readValue() }
    guard let count = value["count"]?.number.flatMap({ Int(exactly: $0) }) else {
      throw QdrantError.answer(host: server.host, reason: "a count without a number")
    }
    return count
  }

  func upsert(
    _ points: [(id: PointID, payload: String, vectors: PointVectors)], _ name: String
  ) throws {
    _ = try call(
      "PUT", ["points"], wait: true,
      Self.text { object in
        object.objects("points", points) { object, point in
          object.member("id") { point.id.write(to: &$0) }
          object.member("vector") { point.vectors.write(name, to: &$0) }
          object.member("payload") { $0.writeRaw(point.payload) }
        }
      })
  }

  func delete(_ ids: [PointID]) throws {
    _ = try call(
      "POST", ["points", "delete"], wait: true, Self.text { Self.write(ids, "points", to: &$0) })
  }

  /// The points of these ids, as far as there are such.
  ///
  /// - Parameter vectors: names of those that are wanted, the dense one first; none for no vectors.
  func points(_ ids: [PointID], payload: Bool, vectors: [String]) throws -> [Point] {
    let result = try call(
      "POST", ["points"],
      Self.text { object in
        Self.write(ids, "ids", to: &object)
        Self.write(payload: payload, vectors: vectors, to: &object)
      })
    return try JSONReader.read(result) { try Self.readPoints(&$0, vectors.first) }
  }

  /// A page of all points, in the order of their ids, and where the next one begins.
  func scroll(
    _ filter: String?, from start: PointID?, limit: Int, vectors: [String]
  ) throws -> (points: [Point], next: PointID?) {
    let result = try call(
      "POST", ["points", "scroll"],
      Self.text { object in
        if let filter { object.member("filter") { $0.writeRaw(filter) } }
        if let start { object.member("offset") { start.write(to: &$0) } }
        object.member("limit", limit)
        Self.write(payload: true, vectors: vectors, to: &object)
      })
    return try JSONReader.read(result) { json in
      var points: [Point] = []
      var next: PointID?
      try json.readObject { key, json in
        switch key {
        case "points": points = try Self.readPoints(&json, vectors.first)
        case "next_page_offset": next = try json.readOptional { try PointID(&$0) }
        default: try json.skipValue()
        }
      }
      return (points, next)
    }
  }

  /// The best points for each query.
  func query(
    _ queries: [QdrantQuery], _ filter: String?, limit: Int, threshold: Float?, isExact: Bool
  ) throws -> [[Point]] {
    let result = try call(
      "POST", ["points", "query", "batch"],
      Self.text { object in
        object.objects("searches", queries) { object, query in
          query.write(
            to: &object, filter, limit: limit, threshold: threshold, isExact: isExact)
          object.member("with_payload", true)
          object.member("with_vector", false)
        }
      })
    return try JSONReader.read(result) { json in
      var answers: [[Point]] = []
      try json.readArray { json in
        var points: [Point] = []
        try json.readObject { key, json in
          if key == "points" {
            points = try Self.readPoints(&json, nil)
          } else {
            try json.skipValue()
          }
        }
        answers.append(points)
      }
      return answers
    }
  }

  private static func write(
    _ ids: [PointID], _ key: String, to object: inout JSONWriter.ObjectWriter
  ) {
    object.member(key) { json in json.writeArray(ids) { $1.write(to: &$0) } }
  }

  private static func write(
    payload: Bool, vectors: [String], to object: inout JSONWriter.ObjectWriter
  ) {
    object.member("with_payload", payload)
    // One without a name comes only with all others.
    if vectors.isEmpty || vectors.contains("") {
      object.member("with_vector", !vectors.isEmpty)
    } else {
      object.member("with_vector", vectors)
    }
  }

  private static func readPoints(
    _ json: inout JSONReader, _ name: String?
  ) throws -> [Point] {
    var points: [Point] = []
    try json.readArray { json in
      var point = Point()
      try json.readObject { key, json in
        switch key {
        case "id": point.id = try PointID(&json)
        case "score": point.score = Float(try json.readDouble())
        case "payload": point.payload = try json.readOptional { try $0.readVerbatim() } ?? "{}"
        case "vector": point.vectors = try PointVectors(&json, name)
        default: try json.skipValue()
        }
      }
      points.append(point)
    }
    return points
  }
}
