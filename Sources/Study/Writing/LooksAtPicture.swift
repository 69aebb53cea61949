import TesseraEmbedders
import TesseraModels

/// What words looked at in a picture, in each head of one layer.
struct LooksAtPicture: Sendable {
  /// The stage, or the stages.
  let title: String
  /// H.
  let headCount: Int
  /// The picture's class token and patches, and behind them the words.
  let sequence: TokenSequence
  private let pictureTokens: Int
  /// [H, rows, P]
  private let weights: [Float]
  /// The words of the rows, as places in the sequence.
  private let queries: [Int]

  /// - Parameters:
  ///   - pictureTokens: P, of which the first is the class token.
  ///   - weights: for each head and each row, the picture's tokens: [H, rows, P].
  ///   - rows: whose rows these are, as places among the words.
  init(
    title: String, headCount: Int, pictureTokens: Int, weights: [Float], rows: [Int],
    words: [TokenSequence.Token]
  ) {
    precondition(
      weights.count == headCount * rows.count * pictureTokens,
      "\(weights.count) weights for \(headCount) × \(rows.count) × \(pictureTokens)")
    self.title = title
    self.headCount = headCount
    self.pictureTokens = pictureTokens
    self.weights = weights
    queries = rows.map { pictureTokens + $0 }
    let side = Int(Double(pictureTokens - 1).squareRoot().rounded())
    let patches = (0..<pictureTokens - 1).map { patch in
      let (row, column) = (patch / side, patch % side)
      return TokenSequence.Token(
        kind: .patch(row: row, column: column), text: "\(row),\(column)", id: nil)
    }
    let classToken = TokenSequence.Token(kind: .special, text: "[CLS]", id: nil)
    sequence = TokenSequence(tokens: [classToken] + patches + words, patchesPerSide: side)
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
        guard column < pictureTokens else { return 0 }
        let sum = chosen.reduce(Float(0)) {
          $0 + weights[($1 * queries.count + row) * pictureTokens + column]
        }
        return sum / Float(chosen.count)
      }
    }
    return AttentionMap(
      title: "\(title)[\(name)]", sequence: sequence, queries: queries, weights: rows)
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

extension TracedText {
  /// - Parameter name: of a layer's stage, `#` for the layer's number.
  /// - Throws: `AttentionError.noSuchLayer`.
  func attention(_ name: String, layer: Int) throws -> TracedEmbedding.Stage {
    let wanted = name.replacing("#", with: "\(layer)")
    guard let stage = stages.first(where: { $0.name == wanted }) else {
      let parts = name.split(separator: "#")
      let count = stages.count { stage in
        parts.first.map(stage.name.hasPrefix) ?? false
          && parts.last.map(stage.name.hasSuffix) ?? false
      }
      throw AttentionError.noSuchLayer(layer, count: count)
    }
    return stage
  }
}
