import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Splits work over the processors.
///
/// Only independent outputs are split, never a sum, so that results are the same bits for any
/// number of threads.
package enum Parallel {
  private static let configuredThreads = Atomic<Int>(0)

  /// Threads that compute, this process over; the number of processors unless set.
  package static var threadCount: Int {
    get {
      let count = configuredThreads.load(ordering: .relaxed)
      return count > 0 ? count : processorCount
    }
    set {
      precondition(newValue > 0, "\(newValue) threads")
      configuredThreads.store(newValue, ordering: .relaxed)
    }
  }

  private static let processorCount = ProcessInfo.processInfo.activeProcessorCount

  /// Calls `body` once for each index below `count`, in no particular order.
  package static func forEach(_ count: Int, _ body: (Int) -> Void) {
    let threads = min(threadCount, count)
    guard threads > 1 else {
      for i in 0..<count { body(i) }
      return
    }
    WorkerPool.shared.run(count, threads: threads, body)
  }

  /// Calls `body` with ranges that cover 0..<count; ranges are no shorter than `minimum`, save
  /// the last.
  package static func forEachRange(
    _ count: Int, minimum: Int = 1, _ body: (Range<Int>) -> Void
  ) {
    guard count > 0 else { return }
    let pieces = max(1, min(threadCount * 2, count / max(minimum, 1)))
    let length = (count + pieces - 1) / pieces
    forEach((count + length - 1) / length) { piece in
      body(piece * length..<min((piece + 1) * length, count))
    }
  }

  /// What `transform` makes of each index below `count`, in order.
  package static func map<Value: Sendable>(
    _ count: Int, _ transform: (Int) -> Value
  ) -> [Value] {
    [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
      forEach(count) { i in (buffer.baseAddress.map { $0 + i })?.initialize(to: transform(i)) }
      initialized = count
    }
  }
}
