import TesseraEmbedders
import TesseraModels

/// Which patches of a picture made each word of an answer.
///
/// The decoder that writes an answer sees no picture: it looks at the question's tokens, which have
/// looked at the picture. So a written token's weights are those with which it looked at the
/// question's, times those with which these looked at the picture, both in the same layer; the
/// question's own tokens have rows too.
///
/// ```swift
/// let attention = try AnswerAttention(to: "what colour is the car?", about: .file(photo), layer: 5,
///   of: answerer)
/// let map = try attention.map(of: .mean).rows(of: attention.text.text)
/// ```
public struct AnswerAttention: Sendable {
  /// The answer.
  public let text: WrittenText
  /// H.
  public var headCount: Int { looks.headCount }
  /// The picture's class token and patches, behind them the question's tokens, and the answer's.
  public var sequence: TokenSequence { looks.sequence }
  private let looks: LooksAtPicture

  /// Answers a question and keeps what one layer looked at.
  ///
  /// - Throws: `AttentionError.noSuchLayer`, `EmbedderError`; `CancellationError` if the surrounding
  ///   task was cancelled.
  public init(
    to question: String, about image: ImageSource, layer: Int, of answerer: VisualQuestionAnswerer
  ) throws {
    let (writer, format) = (answerer.writer, answerer.writer.format)
    // What answers, reads questions.
    let reader = format.questionAttention ?? format.crossAttention
    let traced = try answerer.answerTracing(
      question, about: image,
      matching: [reader, format.crossAttention].map { $0.replacing("#", with: "*") })
    text = traced.text
    let looking = try traced.stages.attention(reader, layer: layer)  // [H, Tq, P]
    let writing = try traced.stages.attention(format.crossAttention, layer: layer)  // [H, T, Tq]
    let asked = writer.tokens(try writer.ids(of: question), isWritten: false)
    let written = writer.tokens(traced.text.tokenIDs, isWritten: true)
    let (heads, questionTokens, pictureTokens) = (
      looking.shape[0], looking.shape[1], looking.shape[2]
    )
    // Heads of two stacks do not belong together: each of the decoder's stands before the mean of the
    // other's.
    let mean = (0..<questionTokens * pictureTokens).map { place in
      (0..<heads).reduce(Float(0)) {
        $0 + looking.values[$1 * questionTokens * pictureTokens + place]
      } / Float(heads)
    }
    let weights = (0..<heads).flatMap { head in
      let own = looking.values[
        head * questionTokens * pictureTokens..<(head + 1) * questionTokens * pictureTokens]
      let rows = (0..<writing.shape[1]).flatMap { row in
        (0..<pictureTokens).map { column in
          (0..<questionTokens).reduce(Float(0)) {
            let weight = writing.values[(head * writing.shape[1] + row) * questionTokens + $1]
            return $0 + weight * mean[$1 * pictureTokens + column]
          }
        }
      }
      return Array(own) + rows
    }
    // The row of token i wrote token i + 1.
    looks = LooksAtPicture(
      title: "\(writing.name) × \(looking.name)", headCount: heads, pictureTokens: pictureTokens,
      weights: weights,
      rows: Array(asked.indices) + written.indices.dropFirst().map { asked.count + $0 },
      words: asked + written)
  }

  /// What each token of the question and of the answer looked at, in one head or on the mean of the
  /// heads; a row's weights on the picture sum to 1.
  ///
  /// - Throws: `AttentionError.noSuchHead`.
  public func map(of heads: Attention.Heads) throws -> AttentionMap { try looks.map(of: heads) }
}
