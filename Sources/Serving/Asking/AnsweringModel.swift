import Dispatch
import Synchronization
import TesseraChat

/// A chat model behind a server, which answers questions from sources.
package final class AnsweringModel: Sendable {
  /// As clients see it.
  package let name: String
  private let server: ChatServer
  private let places = ByteBudget(16)
  private let queue = DispatchQueue(label: "tessera.ask", attributes: .concurrent)

  package init(name: String, server: ChatServer) {
    self.name = name
    self.server = server
  }

  /// What comes of an answer, in order; nothing follows an end or a failure.
  enum Event: Sendable {
    case sources(ChatSources)
    case text(String)
    /// Why it ended: stop, length or another word of the server's.
    case end(String)
    case failure(Problem)
  }

  /// Asks as soon as what comes is listened to, and stops when nobody does any more.
  ///
  /// - Parameter prepare: reads the sources' files, on another thread.
  /// - Throws: `Problem` where too many ask.
  func ask(
    _ prepare: @escaping @Sendable () throws -> (ChatSources, ChatRequest)
  ) throws(Problem) -> AsyncStream<Event> {
    guard places.reserve(1) else {
      throw Problem(.overloaded, "too many questions are being answered", retryAfter: 5)
    }
    let (events, listener) = AsyncStream<Event>.makeStream()
    queue.async { [self] in
      defer {
        places.release(1)
        listener.finish()
      }
      do {
        let (sources, request) = try prepare()
        listener.yield(.sources(sources))
        let end = try server.ask(request) { piece in
          if case .terminated = listener.yield(.text(piece)) { throw CancellationError() }
        }
        listener.yield(.end(end))
      } catch let error as ChatError {
        listener.yield(.failure(Problem(.neighbour, "\(error)")))
      } catch {
        listener.yield(.failure(.of(error)))
      }
    }
    return events
  }
}
