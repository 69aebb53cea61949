import Foundation
import Synchronization

/// Lets a signal that ends the run wait until the rows that are being written are whole.
enum Interruption {
  private static let isWriting = Atomic<Bool>(false)
  private static let pending = Atomic<Int32>(0)

  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  static func install() {
    // The first use of a static property initialises it, which a signal handler must not do.
    _ = (isWriting.load(ordering: .relaxed), pending.load(ordering: .relaxed))
    for number in signals {
      let previous = signal(number) { number in
        // A second signal does not wait, should the reader of the rows have stopped reading.
        guard Interruption.isWriting.load(ordering: .sequentiallyConsistent),
          Interruption.pending.exchange(number, ordering: .sequentiallyConsistent) == 0
        else { return Interruption.end(number) }
      }
      // Who started the run with a signal ignored, as `nohup` does, means it.
      if unsafeBitCast(previous, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        signal(number, SIG_IGN)
      }
    }
    // Programs that start others from a background thread pass on a mask that blocks signals.
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    for number in signals { sigaddset(&unblocked, number) }
    pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
  }

  /// Performs writes between which the run must not end.
  static func withheld(_ writes: () throws -> Void) rethrows {
    isWriting.store(true, ordering: .sequentiallyConsistent)
    defer {
      isWriting.store(false, ordering: .sequentiallyConsistent)
      let number = pending.load(ordering: .sequentiallyConsistent)
      if number != 0 { end(number) }
    }
    try writes()
  }

  /// Ends the process as the signal would have, so that a shell sees why.
  private static func end(_ number: Int32) {
    signal(number, SIG_DFL)
    kill(getpid(), number)
  }
}
