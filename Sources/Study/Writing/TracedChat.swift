import Foundation
import TesseraEmbedders
import TesseraLayers

/// An answer of a conversation, with every activation of reading both once more, as a whole.
public struct TracedChat: Sendable {
  /// What was answered.
  public let answer: ChatAnswer
  /// Activations in the order in which they were computed: of the pictures' tower, and of the language
  /// model. Row i of a stage of the latter belongs to token i, of which token i + 1 was made. A stage
  /// that comes once for each tile has the tile's number behind its name, from the second on.
  public let stages: [TracedEmbedding.Stage]
  let reading: LocalChat.Reading
  /// Of all stages that the model has.
  let names: Set<String>

  /// Writes the stages as a safetensors file.
  ///
  /// - Throws: an error that names the file and the system's reason.
  public func save(to file: URL) throws { try stages.save(to: file) }

  /// The picture of the conversation as the model sees it whole.
  ///
  /// - Parameter index: among all pictures.
  /// - Throws: `EmbedderError` where there is no such picture.
  public func pictureAsRead(_ index: Int = 0) throws -> PictureAsRead {
    guard reading.seen.indices.contains(index), let pixels = reading.seen[index] else {
      throw EmbedderError.unusableImage(reason: "the conversation has no picture \(index)")
    }
    return try PictureAsRead(pixels)
  }
}

extension LocalChat {
  /// Answers what was said last, and keeps activations.
  ///
  /// - Parameter patterns: names of stages to keep, `*` for any characters; none for all stages, those of
  ///   attention's weights up to `Attention.maximumTokens`.
  /// - Throws: `EmbedderError`, `ConversationError`; `CancellationError` if the surrounding task was
  ///   cancelled.
  public func answerTracing(
    _ messages: [ChatMessage], options: ChatOptions = ChatOptions(),
    matching patterns: [String] = []
  ) throws -> TracedChat {
    var conversation = conversation(messages)
    let answer = try conversation.answer(options)
    let isLong =
      answer.promptTokenCount + answer.tokenIDs.count > Attention.maximumTokens
    let trace =
      patterns.isEmpty && isLong
      ? Trace(where: { !$0.hasSuffix(".probs") }) : Trace(matching: patterns)
    let reading = try read(messages, answer.tokenIDs, trace: trace)
    return TracedChat(
      answer: answer, stages: trace.stages.map(TracedEmbedding.Stage.init).numbered(),
      reading: reading, names: trace.names)
  }
}

extension [TracedEmbedding.Stage] {
  /// With a number behind the name of each that has an earlier one's.
  fileprivate func numbered() -> [TracedEmbedding.Stage] {
    var counts: [String: Int] = [:]
    return map { stage in
      let count = counts[stage.name, default: 0]
      counts[stage.name] = count + 1
      return count == 0
        ? stage
        : TracedEmbedding.Stage(
          name: "\(stage.name).\(count)", shape: stage.shape, values: stage.values)
    }
  }
}
