import TesseraEmbedders
import TesseraFiles
import TesseraModels

/// What words looked at in a picture, in each head of one layer.
struct LooksAtPicture: Sendable {
  /// The stage, or the stages.
  let title: String
  /// H.
  let headCount: Int
  /// The picture's patches, and behind them the words.
  let sequence: TokenSequence
  /// How many of the sequence's tokens have weights, from the first on.
  private let columns: Int
  /// [H, rows, columns]
  private let weights: [Float]
  /// The words of the rows, as places in the sequence.
  private let queries: [Int]

  /// - Parameters:
  ///   - columns: how many tokens of the sequence were looked at, from the first on.
  ///   - weights: [H, rows, columns].
  ///   - queries: whose rows these are, as places in the sequence.
  init(
    title: String, headCount: Int, sequence: TokenSequence, columns: Int, weights: [Float],
    queries: [Int]
  ) {
    precondition(
      weights.count == headCount * queries.count * columns,
      "\(weights.count) weights for \(headCount) × \(queries.count) × \(columns)")
    self.title = title
    self.headCount = headCount
    self.sequence = sequence
    self.columns = columns
    self.weights = weights
    self.queries = queries
  }

  /// Looks of a decoder that has the picture beside it.
  ///
  /// - Parameters:
  ///   - pictureTokens: P, of which the first is the class token.
  ///   - weights: for each head and each row, the picture's tokens: [H, rows, P].
  ///   - rows: whose rows these are, as places among the words.
  init(
    title: String, headCount: Int, pictureTokens: Int, weights: [Float], rows: [Int],
    words: [TokenSequence.Token]
  ) {
    let side = Int(Double(pictureTokens - 1).squareRoot().rounded())
    let classToken = TokenSequence.Token(kind: .special, text: "[CLS]", id: nil)
    self.init(
      title: title, headCount: headCount,
      sequence: TokenSequence(
        tokens: [classToken] + TokenSequence.patches(side: side) + words, patchesPerSide: side),
      columns: pictureTokens, weights: weights, queries: rows.map { pictureTokens + $0 })
  }

  /// - Throws: `AttentionError.noSuchHead`.
  func map(of heads: Attention.Heads) throws -> AttentionMap {
    let chosen: [Int]
    let name: String
    switch heads {
    case .mean: (chosen, name) = (Array(0..<headCount), "mean of \(headCount) heads")
    case .one(let head):
      guard (0..<headCount).contains(head) else {
        throw AttentionError.noSuchHead(head, count: headCount)
      }
      (chosen, name) = ([head], "head \(head)")
    }
    let rows = queries.indices.flatMap { row in
      sequence.tokens.indices.map { column -> Float in
        guard column < columns else { return 0 }
        let sum = chosen.reduce(Float(0)) {
          $0 + weights[($1 * queries.count + row) * columns + column]
        }
        return sum / Float(chosen.count)
      }
    }
    return AttentionMap(
      title: "\(title)[\(name)]", sequence: sequence, queries: queries, weights: rows)
  }
}

extension TokenSequence {
  /// A picture's, row by row.
  static func patches(side: Int) -> [Token] {
    (0..<side * side).map { patch in
      let (row, column) = (patch / side, patch % side)
      return Token(kind: .patch(row: row, column: column), text: "\(row),\(column)", id: nil)
    }
  }
}

extension PictureWriter {
  /// - Parameter isWritten: whether the first is the token that a text starts from.
  func tokens(_ ids: [Int], isWritten: Bool) -> [TokenSequence.Token] {
    ids.enumerated().map { position, id in
      let isSpecial =
        id == format.end || position == 0 || !isWritten && position == ids.count - 1
      return TokenSequence.Token(
        kind: isSpecial ? .special : .word, text: tokenizer.token(id) ?? "[\(id)]", id: id,
        position: position)
    }
  }
}

extension [TracedEmbedding.Stage] {
  /// - Parameters:
  ///   - name: of a layer's stage, `#` for the layer's number.
  ///   - names: of all that there could be; nil where all were kept.
  /// - Throws: `AttentionError.noSuchLayer`.
  func attention(
    _ name: String, layer: Int, among names: Set<String>? = nil
  ) throws -> TracedEmbedding.Stage {
    let wanted = NamePattern(name.replacing("#", with: "\(layer)"))
    guard let stage = first(where: { wanted.matches($0.name) }) else {
      let all = NamePattern(name.replacing("#", with: "*"))
      throw AttentionError.noSuchLayer(
        layer, count: (names ?? Set(map(\.name))).count { all.matches($0) })
    }
    return stage
  }
}
