import Dispatch
import Foundation
import Synchronization

/// What happens to one request, in order: one thread adds and another takes.
///
/// Who adds waits while much is untaken, so that a fast server does not fill the memory.
final class Exchange: Sendable {
  enum Event {
    case head(HTTPHead)
    case bytes(Data)
    case end(TransportError?)
  }

  private struct State {
    var events: [Event] = []
    var isAbandoned = false
  }

  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)
  private let room = DispatchSemaphore(value: Exchange.capacity)

  /// Parts of 16 kB at most.
  private static let capacity = 256

  /// - Returns: false where nobody wants what comes.
  func add(_ event: Event) -> Bool {
    room.wait()
    let isWanted = state.withLock { state in
      state.events.append(event)
      return !state.isAbandoned
    }
    arrivals.signal()
    return isWanted
  }

  func take() -> Event {
    arrivals.wait()
    room.signal()
    return state.withLock { $0.events.removeFirst() }
  }

  /// Nothing is taken any more.
  func abandon() {
    state.withLock { $0.isAbandoned = true }
    for _ in 0..<Self.capacity { room.signal() }
  }
}
