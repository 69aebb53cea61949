import TesseraEmbedders
import TesseraJSON
import TesseraRetrieval

/// The vectors of a point: the dense one that is meant, words' weights, and tokens' vectors.
struct PointVectors {
  var dense: [Float]?
  var sparse: [Int: Float]?
  var tokens: [[Float]]?

  init() {}

  /// - Throws: `StoreError` for a row that lacks what all of the collection have, or has no direction.
  init(_ row: StoreRow, _ kinds: [VectorKind]) throws {
    let id = row.item.id
    guard let unit = row.vector.ofLengthOne else { throw StoreError.noDirection(id: id) }
    dense = unit
    if kinds.contains(.sparse) {
      guard let weights = row.lexicalWeights else {
        throw StoreError.missingList(id: id, kind: VectorKind.sparse.rawValue)
      }
      guard weights.values.allSatisfy(\.isFinite) else { throw StoreError.notFinite(id: id) }
      sparse = weights
    }
    if kinds.contains(.colbert) {
      guard let vectors = row.tokenVectors, !vectors.isEmpty else {
        throw StoreError.missingList(id: id, kind: VectorKind.colbert.rawValue)
      }
      guard vectors.joined().allSatisfy(\.isFinite) else { throw StoreError.notFinite(id: id) }
      tokens = vectors
    }
  }

  /// - Parameter name: of the dense vector.
  func write(_ name: String, to json: inout JSONWriter) {
    if let dense, name.isEmpty, sparse == nil, tokens == nil { return dense.writeJSON(to: &json) }
    json.writeObject { object in
      if let dense { object.member(name, dense) }
      if let sparse {
        object.member(QdrantVector.sparseName) { Self.write(sparse, to: &$0) }
      }
      if let tokens {
        object.member(QdrantVector.tokensName) { Self.write(tokens, to: &$0) }
      }
    }
  }

  static func write(_ weights: [Int: Float], to json: inout JSONWriter) {
    let sorted = weights.sorted { $0.key < $1.key }
    json.writeObject { object in
      object.member("indices", sorted.map(\.key))
      object.member("values", sorted.map(\.value))
    }
  }

  static func write(_ vectors: [[Float]], to json: inout JSONWriter) {
    json.writeArray(vectors) { $1.writeJSON(to: &$0) }
  }

  /// - Parameter name: of the dense vector.
  init(_ json: inout JSONReader, _ name: String?) throws {
    switch try json.peek() {
    case .array: dense = try Self.numbers(&json)
    case .object:
      try json.readObject { key, json in
        switch key {
        case name: dense = try Self.numbers(&json)
        case QdrantVector.sparseName: sparse = try Self.weights(&json)
        case QdrantVector.tokensName:
          var vectors: [[Float]] = []
          try json.readArray { vectors.append(try Self.numbers(&$0)) }
          tokens = vectors
        default: try json.skipValue()
        }
      }
    default: try json.skipValue()
    }
  }

  private static func numbers(_ json: inout JSONReader) throws -> [Float] {
    var numbers: [Float] = []
    try json.readArray { numbers.append(Float(try $0.readDouble())) }
    return numbers
  }

  private static func weights(_ json: inout JSONReader) throws -> [Int: Float] {
    var (indices, values): ([Int], [Float]) = ([], [])
    try json.readObject { key, json in
      switch key {
      case "indices": try json.readArray { indices.append(try $0.readInt()) }
      case "values": values = try numbers(&json)
      default: try json.skipValue()
      }
    }
    return Dictionary(zip(indices, values), uniquingKeysWith: { $1 })
  }
}
