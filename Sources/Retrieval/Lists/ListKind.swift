/// What a store keeps of a row as a list, beside its one vector.
package enum ListKind: String, CaseIterable, Sendable {
  /// The words' weights: pairs of token id and weight, in the order of the ids. Float32 holds ids up
  /// to 2²⁴ exactly, and numpy reads one kind of number.
  case sparse
  /// A vector for each token.
  case colbert

  /// The list of one row, flat; nil where the row does not have it.
  func list(of row: StoreRow) -> [Float]? {
    switch self {
    case .sparse:
      row.lexicalWeights.map { weights in
        weights.sorted { $0.key < $1.key }.flatMap { [Float($0.key), $0.value] }
      }
    case .colbert: row.tokenVectors.map { Array($0.joined()) }
    }
  }

  /// Numbers in a vector of the list; nil for a row that shows none.
  func width(of row: StoreRow) -> Int? {
    switch self {
    case .sparse: 2
    case .colbert: row.tokenVectors?.first?.count
    }
  }

  // MARK: Files

  func path(_ folder: String, segment: Int) -> String {
    "\(folder)/\(rawValue)-\(SegmentColumn.digits(segment)).npy"
  }

  func endsPath(_ folder: String, segment: Int) -> String {
    "\(folder)/\(rawValue)-\(SegmentColumn.digits(segment)).ends.npy"
  }
}
