import Dispatch
import Synchronization
import TesseraEmbedders

/// A chat model under its name; it gives one answer after the other, as each takes the whole machine.
package final class ServedChat: NamedModel {
  package let name: String
  package let aliases: [String]
  package let created: Int
  package let chat: LocalChat
  private let queue: DispatchQueue
  private let waiting = Atomic<Int>(0)

  private static let mostWaiting = 32

  /// What becomes of a question, in order.
  enum Event: Sendable {
    /// The conversation is read, and there is a first token.
    case begun
    case piece(String)
    case end(ChatAnswer)
    case failure(any Error)
  }

  package init(name: String, aliases: [String] = [], chat: LocalChat, created: Int) {
    (self.name, self.aliases, self.chat, self.created) = (name, aliases, chat, created)
    queue = DispatchQueue(label: "tessera.chat")
  }

  /// Answers what was said last; who stops to listen stops the answer.
  ///
  /// - Throws: `Problem` where too many wait.
  func answer(
    _ messages: [ChatMessage], _ options: ChatOptions
  ) throws(Problem) -> AsyncStream<Event> {
    guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
      waiting.wrappingSubtract(1, ordering: .relaxed)
      throw Problem(.overloaded, "too many conversations wait for this model", retryAfter: 5)
    }
    let (events, sink) = AsyncStream<Event>.makeStream()
    let departure = Departure()
    sink.onTermination = { _ in departure.hasGone.store(true, ordering: .relaxed) }
    queue.async { [self] in
      defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
      do {
        try departure.check()
        var conversation = chat.conversation(messages)
        let answer = try conversation.answer(
          options, { sink.yield(.piece($0)) },
          step: { step in
            try departure.check()
            if step.index == 0 { sink.yield(.begun) }
          })
        sink.yield(.end(answer))
      } catch {
        sink.yield(.failure(error))
      }
      sink.finish()
    }
    return events
  }

  private final class Departure: Sendable {
    let hasGone = Atomic<Bool>(false)

    func check() throws { if hasGone.load(ordering: .relaxed) { throw CancellationError() } }
  }
}
