import Foundation
import TesseraChat
import TesseraEmbedders
import TesseraJSON

/// What answers questions: a server, or a model of this machine.
protocol QuestionAnswering {
  /// The request as it would be asked, as one line of JSON.
  func description(of request: ChatRequest) throws -> String
  /// Hands on pieces of the answer, and gives why it ended.
  func ask(_ request: ChatRequest, _ piece: (String) throws -> Void) throws -> String
}

extension ChatServer: QuestionAnswering {}

/// A model of this machine, named as `local:FOLDER`: one that chats, or one that answers a question
/// about one picture, which is then asked about each.
struct LocalAnswerer: QuestionAnswering {
  private enum Model {
    case chat(LocalChat)
    case pictures(VisualQuestionAnswerer)
  }

  static let mark = "local:"

  private let folder: URL
  private let model: Model

  /// - Throws: what looking for the model, and loading it, throws.
  init(_ address: String, _ options: ModelOptions) throws {
    let name = String(address.dropFirst(Self.mark.count))
    folder = try ModelFolder.parse(["-m", name]).folder()
    options.chooseKernels()
    if VisualQuestionAnswerer.canLoad(folder) {
      let answerer = try VisualQuestionAnswerer(
        modelFolder: folder, options: .init(maximumPixels: options.maxPixels))
      answerer.notes.forEach(StandardError.note)
      model = .pictures(answerer)
    } else {
      let chat = try LocalChat(
        modelFolder: folder, options: .init(maximumPixels: options.maxPixels))
      chat.notes.forEach(StandardError.note)
      model = .chat(chat)
    }
  }

  func description(of request: ChatRequest) throws -> String {
    let prompt: String? =
      switch model {
      case .chat(let chat): try chat.promptText(messages(request, chat))
      case .pictures: nil
      }
    return JSONWriter.line { object in
      object.member("model", folder.path)
      if let prompt { object.member("prompt", prompt) }
      object.member("questions", prompt == nil ? pictures(request).map(\.text) : [])
    }
  }

  func ask(_ request: ChatRequest, _ piece: (String) throws -> Void) throws -> String {
    switch model {
    case .chat(let chat):
      var conversation = chat.conversation(messages(request, chat))
      let answer = try conversation.answer(
        ChatOptions(maxNewTokens: request.maximumTokens), piece)
      return answer.end.rawValue
    case .pictures(let answerer):
      let asked = pictures(request)
      guard !asked.isEmpty else { throw NoPictures() }
      for (number, item) in asked.enumerated() {
        let answer = try answerer.answer(item.text, about: item.image)
        try piece((number == 0 ? "" : "\n") + "\(item.name): \(answer.text)")
      }
      return "stop"
    }
  }

  struct NoPictures: Error, CustomStringConvertible {
    var description: String {
      "the index has no pictures for this question, and this model answers about pictures alone"
    }
  }

  // MARK: Requests

  private func messages(_ request: ChatRequest, _ chat: LocalChat) -> [ChatMessage] {
    let parts = request.parts.map { part -> ChatMessage.Part in
      switch part {
      case .text(let text): .text(text + "\n")
      case .picture(let picture): .image(.data(picture.bytes, name: "a picture of the index"))
      }
    }
    return [ChatMessage(.system, request.system), ChatMessage(.user, parts)]
  }

  /// Each picture with its name, and the question, which is the last text.
  private func pictures(
    _ request: ChatRequest
  ) -> [(name: String, text: String, image: ImageSource)] {
    guard case .text(let question)? = request.parts.last else { return [] }
    return zip(request.parts, request.parts.dropFirst()).compactMap { label, part in
      guard case .picture(let picture) = part else { return nil }
      let name = if case .text(let text) = label { text } else { "a picture" }
      return (name, question, .data(picture.bytes, name: name))
    }
  }
}
