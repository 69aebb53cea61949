import Foundation

/// Asks whether a descriptor would make its reader or writer wait.
package enum Polling {
  /// Whether a read or write would return at once, be it with an error or the end.
  static func isReady(_ descriptor: Int32, _ event: Int32) -> Bool {
    poll(descriptor, event, milliseconds: 0) != 0
  }

  /// Whether a call that failed is worth another try: after a signal, or, where another program
  /// made the descriptor non-blocking, once it is ready.
  package static func mayRetry(_ descriptor: Int32, _ event: Int32) -> Bool {
    switch errno {
    case EINTR: return true
    case EAGAIN:
      _ = poll(descriptor, event, milliseconds: -1)
      return true
    default: return false
    }
  }

  private static func poll(_ descriptor: Int32, _ event: Int32, milliseconds: Int32) -> Int32 {
    var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    return Foundation.poll(&request, 1, milliseconds)
  }
}
