import TesseraEmbedders
import TesseraModels
import TesseraTensors

/// Which patches of a picture made each word of its caption: what the decoder of one layer looked at
/// when it wrote a token.
///
/// ```swift
/// let attention = try CaptionAttention(of: .file(photo), layer: 5, of: captioner)
/// let map = try attention.map(of: .mean).rows(of: "whale")
/// try map.overlay(on: captioner.pictureAsRead(.file(photo))).write(to: file)
/// ```
public struct CaptionAttention: Sendable {
  /// The stage that was traced: `text_decoder.bert.encoder.layer.5.crossattention.probs`.
  public let stage: String
  /// H.
  public let headCount: Int
  /// The caption.
  public let text: WrittenText
  /// The picture's class token and patches, and behind them the caption's tokens.
  public let sequence: TokenSequence
  /// For each head and each written token, the picture's tokens: [H, T, P].
  private let weights: [Float]
  private let pictureTokens: Int

  /// Writes a caption and keeps what one layer looked at.
  ///
  /// - Throws: `AttentionError.noSuchLayer`, `EmbedderError`; `CancellationError` if the surrounding
  ///   task was cancelled.
  public init(
    of image: ImageSource, prompt: String = "", layer: Int, of captioner: Captioner
  ) throws {
    let (writer, name) = (captioner.writer, captioner.writer.format.crossAttention)
    let traced = try captioner.captionTracing(
      image, prompt: prompt, matching: [name.replacing("#", with: "*")])
    let wanted = name.replacing("#", with: "\(layer)")
    guard let stage = traced.stages.first(where: { $0.name == wanted }) else {
      throw AttentionError.noSuchLayer(layer, count: traced.stages.count)
    }
    self.stage = stage.name
    headCount = stage.shape[0]
    weights = stage.values
    pictureTokens = stage.shape[2]
    text = traced.text
    sequence = writer.sequence(pictureTokens: pictureTokens, text: traced.text.tokenIDs)
  }

  /// What each written token looked at in one head, or on the mean of the heads; a row's weights on
  /// the picture sum to 1.
  ///
  /// - Throws: `AttentionError.noSuchHead`.
  public func map(of heads: Attention.Heads) throws -> AttentionMap {
    let chosen: [Int]
    let title: String
    switch heads {
    case .mean: (chosen, title) = (Array(0..<headCount), "mean of \(headCount) heads")
    case .one(let head):
      guard (0..<headCount).contains(head) else {
        throw AttentionError.noSuchHead(head, count: headCount)
      }
      (chosen, title) = ([head], "head \(head)")
    }
    let written = text.tokenIDs.count - 1
    let rows = (0..<written).flatMap { token in
      (0..<sequence.tokens.count).map { column -> Float in
        guard column < pictureTokens else { return 0 }
        let sum = chosen.reduce(Float(0)) {
          $0 + weights[($1 * written + token) * pictureTokens + column]
        }
        return sum / Float(chosen.count)
      }
    }
    // The row of token i wrote token i + 1.
    return AttentionMap(
      title: "\(stage)[\(title)]", sequence: sequence,
      queries: (0..<written).map { pictureTokens + 1 + $0 }, weights: rows)
  }
}

extension PictureWriter {
  /// The tokens of a picture, and behind them those of a text.
  fileprivate func sequence(pictureTokens: Int, text ids: [Int]) -> TokenSequence {
    let side = Int(Double(pictureTokens - 1).squareRoot().rounded())
    let patches = (0..<pictureTokens - 1).map { patch in
      let (row, column) = (patch / side, patch % side)
      return TokenSequence.Token(
        kind: .patch(row: row, column: column), text: "\(row),\(column)", id: nil)
    }
    let words = ids.enumerated().map { position, id in
      let isSpecial = id == format.end || position == 0
      return TokenSequence.Token(
        kind: isSpecial ? .special : .word, text: tokenizer.token(id) ?? "[\(id)]", id: id,
        position: position)
    }
    let classToken = TokenSequence.Token(kind: .special, text: "[CLS]", id: nil)
    return TokenSequence(tokens: [classToken] + patches + words, patchesPerSide: side)
  }
}
