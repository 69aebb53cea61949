import TesseraJSON

/// A vector that the points of a collection have.
package struct QdrantVector: Sendable, Equatable {
  /// Empty for the one without a name.
  package let name: String
  package let size: Int
  /// Cosine, Dot, Euclid or Manhattan.
  package let distance: String
  /// Whether a point has many of them, which are compared by MaxSim.
  package let isMulti: Bool

  package init(name: String, size: Int, distance: String, isMulti: Bool) {
    self.name = name
    self.size = size
    self.distance = distance
    self.isMulti = isMulti
  }

  /// The vectors of a collection: the parameters of one, or of each by its name.
  static func list(_ parameters: JSONValue?) -> [QdrantVector] {
    guard case .object(let members) = parameters else { return [] }
    if let one = QdrantVector(name: "", parameters) { return [one] }
    return members.compactMap { QdrantVector(name: $0.key, $0.value) }
  }

  private init?(name: String, _ parameters: JSONValue?) {
    guard let size = parameters?["size"]?.number.flatMap({ Int(exactly: $0) }),
      let distance = parameters?["distance"]?.string
    else { return nil }
    self.init(
      name: name, size: size, distance: distance,
      isMulti: parameters?["multivector_config"].map { !$0.isNull } ?? false)
  }

  /// The vector that is meant: the one with this name, the one without, LlamaIndex's, or the only one.
  ///
  /// - Throws: `QdrantError` where there is no such, or where it is not compared by inner products.
  static func choose(
    _ name: String?, of vectors: [QdrantVector], in collection: String
  ) throws -> QdrantVector {
    let dense = vectors.filter { !$0.isMulti }
    let names = name.map { [$0] } ?? ["", llamaIndexName]
    let found =
      names.compactMap { name in dense.first { $0.name == name } }.first
      ?? (name == nil && dense.count == 1 ? dense.first : nil)
    guard let found else {
      throw QdrantError.noVector(name ?? "", of: collection, known: dense.map(\.name))
    }
    guard ["Cosine", "Dot"].contains(found.distance) else {
      throw QdrantError.distance(found.distance, of: collection)
    }
    return found
  }

  /// How LlamaIndex calls the dense vector beside a sparse one.
  static let llamaIndexName = "text-dense"
  /// How it calls the words' weights.
  static let sparseName = "text-sparse-new"
  /// The tokens' vectors, which are compared by MaxSim.
  static let tokensName = "colbert"
}
