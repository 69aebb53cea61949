import TesseraEmbedders
import TesseraModels

/// Which parts of a picture made each word of a conversation's answer: what one layer of the language
/// model looked at when it wrote a token.
///
/// A picture may be read more than once, as a whole and in tiles: weights on tokens that show the same
/// part are summed.
///
/// ```swift
/// let said = ChatMessage(.user, [.image(.file(photo)), .text("what colour is the car?")])
/// let attention = try ChatAttention(of: [said], layer: 11, of: chat)
/// let map = try attention.map(of: .mean).rows(of: "red")
/// ```
public struct ChatAttention: Sendable {
  /// What was answered, and the stage.
  public let traced: TracedChat
  /// The stage that was traced: `model.text_model.layers.11.self_attn.probs`.
  public var stage: String { looks.title }
  /// H.
  public var headCount: Int { looks.headCount }
  /// The picture's parts, a token that stands for all else of pictures, and the words of the
  /// conversation and the answer.
  public var sequence: TokenSequence { looks.sequence }
  private let looks: LooksAtPicture

  /// Answers what was said last, and keeps what one layer looked at.
  ///
  /// - Parameter picture: whose parts are told apart, among those of the conversation.
  /// - Throws: `AttentionError`, `EmbedderError`, `ConversationError`; `CancellationError` if the
  ///   surrounding task was cancelled.
  public init(
    of messages: [ChatMessage], picture: Int = 0, layer: Int, of chat: LocalChat,
    options: ChatOptions = ChatOptions()
  ) throws {
    traced = try chat.answerTracing(
      messages, options: options, matching: [chat.attention.replacing("#", with: "\(layer)")])
    let stage = try traced.stages.attention(
      chat.attention, layer: layer, among: traced.names)  // [H, T, T]
    let reading = traced.reading
    guard reading.pictures.indices.contains(picture) else { throw AttentionError.noPatches }
    let columns = Columns(reading, picture, token: chat.pictureToken)
    let (heads, count) = (stage.shape[0], stage.shape[1])
    // The row of token i wrote token i + 1.
    let rows = Array(reading.promptTokenCount - 1..<count)
    let weights = (0..<heads).flatMap { head in
      rows.flatMap { row in
        let start = (head * count + row) * count
        return columns.folding(stage.values[start..<start + count])
      }
    }
    let words = columns.words.map { place in
      let (text, isSpecial) = chat.spelling(reading.ids[place])
      return TokenSequence.Token(
        kind: isSpecial ? .special : .word, text: text, id: reading.ids[place], position: place)
    }
    let rest = TokenSequence.Token(kind: .special, text: "[image]", id: chat.pictureToken)
    looks = LooksAtPicture(
      title: stage.name, headCount: heads,
      sequence: TokenSequence(
        tokens: TokenSequence.patches(side: columns.side) + [rest] + words,
        patchesPerSide: columns.side),
      columns: columns.count, weights: weights, queries: rows.map { columns.places[$0 + 1] })
  }

  /// What each token of the answer looked at in one head, or on the mean of the heads; a row's weights
  /// sum to 1.
  ///
  /// - Throws: `AttentionError.noSuchHead`.
  public func map(of heads: Attention.Heads) throws -> AttentionMap { try looks.map(of: heads) }
}

/// Where the tokens of a conversation stand in a map: first the picture's parts, then what else is of
/// pictures, then the words.
private struct Columns {
  /// Parts of the picture, both ways.
  let side: Int
  /// For each token the column that its weight is added to.
  let places: [Int]
  /// The tokens that are words, those of the answer among them.
  let words: [Int]

  init(_ reading: LocalChat.Reading, _ picture: Int, token: Int?) {
    let shown = reading.pictures[picture]
    let parts = shown.side * shown.side
    // In their order, the tokens of all pictures stand where the prompt has that token.
    var ofPictures = reading.pictures.enumerated().flatMap { index, tokens in
      tokens.parts.map { index == picture ? $0 ?? parts : parts }
    }.makeIterator()
    var places: [Int] = []
    var words: [Int] = []
    for (place, id) in reading.ids.enumerated() {
      if id == token, let part = ofPictures.next() {
        places.append(part)
      } else {
        places.append(parts + 1 + words.count)
        words.append(place)
      }
    }
    (side, self.places, self.words) = (shown.side, places, words)
  }

  var count: Int { side * side + 1 + words.count }

  func folding(_ row: ArraySlice<Float>) -> [Float] {
    var sums = [Float](repeating: 0, count: count)
    for (weight, place) in zip(row, places) { sums[place] += weight }
    return sums
  }
}
