/// A chat model that is asked for one text about a picture at a time, as models are that only write
/// captions or answers.
public struct PictureChat: Sendable {
  private let chat: LocalChat
  private let options: ChatOptions
  /// What it is asked where nothing is given.
  private let instruction: String

  /// What a chat model is asked for where a caption is wanted.
  public static let captionInstruction = "Describe this image in one sentence."

  /// - Parameter instruction: what is said where a request says nothing.
  public init(_ chat: LocalChat, instruction: String = captionInstruction, options: ChatOptions) {
    (self.chat, self.instruction, self.options) = (chat, instruction, options)
  }

  /// Writes about each picture by itself; results are in the order of the requests.
  ///
  /// A picture that fails does not stop the others: its result says why.
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  public func write(
    _ requests: [(text: String, image: ImageSource)]
  ) throws -> [Result<WrittenText, EmbedderError>] {
    try requests.map { request in
      var conversation = chat.conversation()
      do {
        let answer = try conversation.ask(
          request.text.isEmpty ? instruction : request.text, about: [request.image],
          options: options)
        return .success(
          WrittenText(
            text: answer.text, tokenIDs: answer.tokenIDs, promptTokenCount: 0, end: answer.end))
      } catch let error as EmbedderError {
        return .failure(error)
      } catch let error as ConversationError {
        return .failure(.unableToWrite(reason: "\(error)"))
      }
    }
  }
}
