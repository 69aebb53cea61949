import TesseraEmbedders

/// A matrix of attention: rows are tokens that look, columns are those that they look at.
public struct AttentionMap: Sendable {
  /// Stage and head.
  public let title: String
  /// The columns.
  public let sequence: TokenSequence
  /// The tokens of the rows, as places in the sequence.
  public let queries: [Int]
  /// Row by row.
  public let weights: [Float]

  package init(title: String, sequence: TokenSequence, queries: [Int], weights: [Float]) {
    precondition(
      weights.count == queries.count * sequence.tokens.count,
      "\(weights.count) weights for \(queries.count) × \(sequence.tokens.count) tokens")
    self.title = title
    self.sequence = sequence
    self.queries = queries
    self.weights = weights
  }

  /// The part with the rows of one word; of several tokens if the word has several.
  ///
  /// - Throws: `AttentionError.noSuchWord`.
  public func rows(of word: String) throws -> AttentionMap {
    let wanted = Set(sequence.indices(of: word))
    let rows = queries.indices.filter { wanted.contains(queries[$0]) }
    guard !rows.isEmpty else {
      throw AttentionError.noSuchWord(
        word, words: queries.map { sequence.tokens[$0] }.filter { !$0.isPatch }.map(\.text))
    }
    return AttentionMap(
      title: title, sequence: sequence, queries: rows.map { queries[$0] },
      weights: rows.flatMap { row($0) })
  }

  /// The weights of one row.
  public func row(_ row: Int) -> [Float] {
    let count = sequence.tokens.count
    return Array(weights[row * count..<(row + 1) * count])
  }

  /// The mean of all rows: what these tokens look at together.
  public var meanRow: [Float] {
    let sums = queries.indices.reduce(into: [Float](repeating: 0, count: sequence.tokens.count)) {
      for (i, weight) in row($1).enumerated() { $0[i] += weight }
    }
    return sums.map { $0 / Float(queries.count) }
  }

  /// What these tokens look at, on the mean: shares that sum to 1.
  public var shares: AttentionShares { AttentionShares(meanRow, sequence.tokens) }

  /// The mean row's weights on the picture's patches, row by row of the picture.
  ///
  /// - Throws: `AttentionError.noPatches`.
  public func patchWeights() throws -> [Float] {
    guard !sequence.patchIndices.isEmpty else { throw AttentionError.noPatches }
    return Array(meanRow[sequence.patchIndices])
  }
}

/// How attention divides between the picture, the words and the model's own tokens.
public struct AttentionShares: Sendable, Equatable {
  /// On all patches.
  public let picture: Float
  /// On all words.
  public let words: Float
  /// On the class token and separators.
  public let special: Float

  /// - Parameter row: a weight for each token.
  public init(_ row: some Sequence<Float>, _ tokens: [TokenSequence.Token]) {
    var (picture, words, special) = (Float(0), Float(0), Float(0))
    for (weight, token) in zip(row, tokens) {
      switch token.kind {
      case .patch: picture += weight
      case .word, .unknown: words += weight
      case .special: special += weight
      }
    }
    self.picture = picture
    self.words = words
    self.special = special
  }
}
