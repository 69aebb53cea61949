/// Why a search cannot answer.
package enum SearchError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Queries and vectors have different dimensions.
  case dimension(query: Int, vectors: Int)
  /// A query holds a NaN or an infinity.
  case notFinite(query: Int)
  /// An int8 pass over a block without codes.
  case noCodes(block: Int)

  package var description: String {
    switch self {
    case .dimension(let query, let vectors):
      "expected queries of dimension \(vectors), as the vectors have; found \(query)"
    case .notFinite(let query):
      "query \(query): expected finite numbers; found a NaN or an infinity"
    case .noCodes(let block):
      "block \(block) of the vectors: expected int8 codes; found none"
    }
  }
}
