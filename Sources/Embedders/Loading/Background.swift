import Dispatch
import Synchronization

/// Work that goes on beside the caller's, until somebody wants its result.
final class Background<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let done = DispatchSemaphore(value: 0)

  init(_ work: @escaping @Sendable () throws -> Value) {
    DispatchQueue.global(qos: .userInitiated).async { [self] in
      let outcome = Result { try work() }
      result.withLock { $0 = outcome }
      done.signal()
    }
  }

  /// Waits.
  /// - Throws: what the work threw.
  func get() throws -> Value {
    done.wait()
    done.signal()
    guard let result = result.withLock({ $0 }) else {
      preconditionFailure("work that is done has a result")
    }
    return try result.get()
  }
}
