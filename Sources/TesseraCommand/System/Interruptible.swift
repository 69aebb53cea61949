import Foundation
import Synchronization

/// Work that Ctrl-C ends, while the program goes on; a second Ctrl-C ends the program.
enum Interruptible {
  private static let isAsked = Atomic<Bool>(false)

  /// Waits for what is computed, and cancels it when Ctrl-C is pressed.
  ///
  /// - Throws: what the work throws.
  static func run(_ work: @escaping @Sendable () async throws -> Void) throws {
    isAsked.store(false, ordering: .sequentiallyConsistent)
    let previous = signal(SIGINT) { _ in
      if Interruptible.isAsked.exchange(true, ordering: .sequentiallyConsistent) {
        signal(SIGINT, SIG_DFL)
        raise(SIGINT)
      }
    }
    defer { signal(SIGINT, previous) }
    try wait(for: work) { isAsked.load(ordering: .sequentiallyConsistent) }
  }

  /// Waits for what is computed; Ctrl-C ends the program, as elsewhere.
  static func waiting(_ work: @escaping @Sendable () async throws -> Void) throws {
    try wait(for: work) { false }
  }

  /// Waits for what is done at once.
  static func settle(_ work: @escaping @Sendable () async -> Void) {
    // What does not throw gives no error to pass on.
    try? wait(for: work) { false }
  }

  private static func wait(
    for work: @escaping @Sendable () async throws -> Void, isCancelled: () -> Bool
  ) throws {
    let outcome = Outcome()
    let task = Task {
      do {
        try await work()
      } catch {
        outcome.error.withLock { $0 = error }
      }
      outcome.isDone.signal()
    }
    while outcome.isDone.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
      if isCancelled() { task.cancel() }
    }
    if let error = outcome.error.withLock({ $0 }) { throw error }
  }

  private final class Outcome: Sendable {
    let isDone = DispatchSemaphore(value: 0)
    let error = Mutex<(any Error)?>(nil)
  }
}
