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
  public var stage: String { looks.title }
  /// H.
  public var headCount: Int { looks.headCount }
  /// The caption.
  public let text: WrittenText
  /// The picture's class token and patches, and behind them the caption's tokens.
  public var sequence: TokenSequence { looks.sequence }
  private let looks: LooksAtPicture

  /// Writes a caption and keeps what one layer looked at.
  ///
  /// - Throws: `AttentionError.noSuchLayer`, `EmbedderError`; `CancellationError` if the surrounding
  ///   task was cancelled.
  public init(
    of image: ImageSource, prompt: String = "", layer: Int, of captioner: Captioner
  ) throws {
    let name = captioner.writer.format.crossAttention
    let traced = try captioner.captionTracing(
      image, prompt: prompt, matching: [name.replacing("#", with: "*")])
    let stage = try traced.stages.attention(name, layer: layer)
    text = traced.text
    let words = captioner.writer.tokens(traced.text.tokenIDs, isWritten: true)
    // The row of token i wrote token i + 1.
    looks = LooksAtPicture(
      title: stage.name, headCount: stage.shape[0], pictureTokens: stage.shape[2],
      weights: stage.values, rows: Array(words.indices.dropFirst()), words: words)
  }

  /// What each written token looked at in one head, or on the mean of the heads; a row's weights on
  /// the picture sum to 1.
  ///
  /// - Throws: `AttentionError.noSuchHead`.
  public func map(of heads: Attention.Heads) throws -> AttentionMap { try looks.map(of: heads) }
}
