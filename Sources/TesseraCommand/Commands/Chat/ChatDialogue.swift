import Foundation
import TesseraEmbedders

/// A conversation whose answers are computed by a task that can be cancelled.
actor ChatSpeaker {
  private var conversation: Conversation
  private var index = 0

  init(_ conversation: Conversation) { self.conversation = conversation }

  func say(_ text: String, _ images: [ImageSource], _ writer: ChatWriter) throws {
    let answer = try conversation.ask(
      text, about: images, options: writer.options, writer.piece, step: writer.step)
    try writer.end(answer, index, to: text, images.map(\.name))
    index += 1
  }

  func reset() { conversation.reset() }
}

/// A conversation on a terminal.
struct ChatDialogue {
  private let chat: LocalChat
  private let speaker: ChatSpeaker
  private let writer: ChatWriter
  /// Shown with what is said next.
  private var images: [String]

  init(
    _ chat: LocalChat, _ conversation: Conversation, _ writer: ChatWriter, images: [String]
  ) {
    self.chat = chat
    speaker = ChatSpeaker(conversation)
    self.writer = writer
    self.images = images
  }

  static let help =
    "/image FILE shows an image, /reset forgets what was said, /quit ends; Ctrl-C stops an answer"

  mutating func run() throws {
    StandardError.note(Self.help)
    while let line = ask() {
      let text = line.trimmingCharacters(in: .whitespaces)
      if text == "/quit" || text == "/exit" { return }
      if text.hasPrefix("/") {
        perform(text)
      } else if !text.isEmpty {
        try say(text)
      }
    }
  }

  private func ask() -> String? {
    StandardError.prompt("> ")
    return readLine()
  }

  private mutating func perform(_ command: String) {
    let parts = command.split(separator: " ", maxSplits: 1).map(String.init)
    switch (parts[0], parts.count) {
    case ("/image", 2):
      do {
        try chat.requireReadable(.file(URL(filePath: parts[1])))
        images.append(parts[1])
      } catch {
        StandardError.write("error: \(error)")
      }
    case ("/reset", 1):
      images = []
      Interruptible.settle { [speaker] in await speaker.reset() }
      StandardError.note("what was said is forgotten")
    default: StandardError.write("error: \(command) is not known: \(Self.help)")
    }
  }

  private mutating func say(_ text: String) throws {
    let shown = images
    images = []
    do {
      try Interruptible.run { [speaker, writer] in
        try await speaker.say(text, shown.map { .file(URL(filePath: $0)) }, writer)
      }
    } catch is CancellationError {
      StandardError.note("the answer was stopped; what was said is forgotten")
    } catch let error as ConversationError {
      StandardError.write("error: \(error); /reset forgets what was said")
    } catch let error as EmbedderError {
      StandardError.write("error: \(error)")
    }
  }
}

extension ImageSource {
  fileprivate var name: String {
    switch self {
    case .file(let url): url.relativePath
    case .data(_, let name): name
    }
  }
}
