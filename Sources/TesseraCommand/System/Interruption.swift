import Foundation
import Synchronization

/// Lets a signal that ends the run wait until the rows that are being written are whole, and
/// removes the files that are not.
enum Interruption {
  private static let isWriting = Atomic<Bool>(false)
  private static let pending = Atomic<Int32>(0)
  /// The files that a signal removes, the latest first. What a signal handler walks over must not go
  /// away, so entries stay; a run has few.
  /// The address of the latest, or zero: a pointer cannot be shared.
  private static let removals = Atomic<UInt>(0)

  private struct Entry {
    /// Ends with a zero; empty once the file is whole.
    let path: UnsafeMutablePointer<CChar>
    let next: UnsafeMutablePointer<Entry>?
  }

  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  static func install() {
    // The first use of a static property initialises it, which a signal handler must not do.
    _ = (isWriting.load(ordering: .relaxed), pending.load(ordering: .relaxed))
    _ = removals.load(ordering: .relaxed)
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

  /// A file that is removed if a signal ends the run.
  struct Removal {
    fileprivate let path: UnsafeMutablePointer<CChar>

    func cancel() { path.pointee = 0 }
  }

  /// Has a signal remove a file, until that is cancelled; nil where memory is short.
  static func removal(of file: String) -> Removal? {
    guard let path = strdup(file) else { return nil }
    let entry = UnsafeMutablePointer<Entry>.allocate(capacity: 1)
    entry.initialize(
      to: Entry(
        path: path, next: UnsafeMutablePointer(bitPattern: removals.load(ordering: .acquiring))))
    removals.store(UInt(bitPattern: entry), ordering: .releasing)
    return Removal(path: path)
  }

  /// Ends the process as the signal would have, so that a shell sees why.
  private static func end(_ number: Int32) {
    var entry = UnsafeMutablePointer<Entry>(bitPattern: removals.load(ordering: .acquiring))
    while let current = entry {
      if current.pointee.path.pointee != 0 { unlink(current.pointee.path) }
      entry = current.pointee.next
    }
    signal(number, SIG_DFL)
    kill(getpid(), number)
  }
}
