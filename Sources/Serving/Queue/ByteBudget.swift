import Synchronization

/// How much memory bodies may take together.
package final class ByteBudget: Sendable {
  private let left: Mutex<Int>

  package init(_ bytes: Int) { left = Mutex(bytes) }

  /// Takes bytes; false where there are no more so many.
  package func reserve(_ bytes: Int) -> Bool {
    left.withLock { left in
      guard left >= bytes else { return false }
      left -= bytes
      return true
    }
  }

  package func release(_ bytes: Int) { left.withLock { $0 += bytes } }
}
