import TesseraImages
import TesseraLayers
import TesseraModels

extension LocalChat {
  /// A conversation as it was read, with what was answered.
  package struct Reading: Sendable {
    /// Of the conversation, and behind them those of the answer, whose last was written and not read.
    package let ids: [Int]
    package let promptTokenCount: Int
    /// Each picture's, in their order.
    package let pictures: [PictureTokens]
    /// The pictures as a whole.
    package let seen: [Pixels?]
  }

  /// Reads a conversation and what was answered once more, as a whole, and shows every stage.
  ///
  /// - Parameter answer: the answer's tokens.
  /// - Throws: `EmbedderError`; `CancellationError` if the surrounding task was cancelled.
  package func read(
    _ messages: [ChatMessage], _ answer: [Int], trace: Trace
  ) throws -> Reading {
    do {
      let pictures = try family.prepare(messages.flatMap(\.images).map(raster))
      let prompt = try ids(messages, pictures)
      let all = prompt + answer
      _ = try model.trace(
        all.dropLast(), pictures: model.see(pictures, trace: trace), trace: trace)
      try trace.requireSuccess()
      return Reading(
        ids: all, promptTokenCount: prompt.count, pictures: pictures.map(family.tokens),
        seen: pictures.map(\.whole))
    } catch let error as ChatError {
      throw EmbedderError.unableToWrite(reason: "\(error)")
    }
  }

  /// The stage of a language layer's attention, `#` for the layer's number, `*` for any characters.
  package var attention: String { type(of: family).attention }

  /// The token in whose places pictures stand; nil for a model that sees none.
  package var pictureToken: Int? { family.format.pictureToken }

  /// A token as it is read, or else as the vocabulary spells it.
  package func spelling(_ id: Int) -> (text: String, isSpecial: Bool) {
    let spelled = tokenizer.token(id) ?? "[\(id)]"
    let isSpecial = tokenizer.specialTokens.all.contains(id)
    let text = tokenizer.decode([id]).filter { !$0.isWhitespace }
    return (isSpecial || text.isEmpty ? spelled : text, isSpecial)
  }
}
