import CTesseraIntrinsics
import Dispatch
import Foundation
import Synchronization

/// Threads that wait for work, at first awake, since a model's operations follow one another within
/// microseconds, then asleep.
///
/// One caller at a time has the workers; a second one computes on its own thread meanwhile.
final class WorkerPool: Sendable {
  /// Work in hand: workers draw indices below `count` until none is left.
  private struct Job {
    /// The caller's closure, where it stands.
    let body: UnsafePointer<(Int) -> Void>
    let count: Int
  }

  /// Whether a caller has the workers.
  private let isTaken = Atomic<Bool>(false)
  /// Number of the job in hand, or of the last one; 0 before the first.
  private let generation = Atomic<Int>(0)
  /// Whether workers may still begin with the job in hand.
  private let isOpen = Atomic<Bool>(false)
  /// Workers that may be looking at the job.
  private let inside = Atomic<Int>(0)
  /// Workers that may still join, so that no more take part than were asked for.
  private let places = Atomic<Int>(0)
  private let nextIndex = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let wakeUp = DispatchSemaphore(value: 0)
  /// Written by the caller that has the workers, while nobody is inside; read by workers inside.
  private nonisolated(unsafe) var job: Job?
  /// Only the caller that has the workers adds to it.
  private nonisolated(unsafe) var workerCount = 0

  /// About 50 µs.
  private static let spins = 1500

  static let shared = WorkerPool()

  /// Calls `body` once for each index below `count`, on this thread and up to `threads` − 1 others.
  func run(_ count: Int, threads: Int, _ body: (Int) -> Void) {
    guard
      isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else {
      for i in 0..<count { body(i) }
      return
    }
    defer { isTaken.store(false, ordering: .releasing) }
    while workerCount < threads - 1 {
      workerCount += 1
      startWorker()
    }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { lead(Job(body: $0, count: count), threads) }
    }
  }

  /// Works on a job together with the workers, until all of it is done.
  private func lead(_ job: Job, _ threads: Int) {
    self.job = job
    nextIndex.store(0, ordering: .relaxed)
    places.store(threads - 1, ordering: .relaxed)
    isOpen.store(true, ordering: .sequentiallyConsistent)
    generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
    for _ in 0..<sleepers.exchange(0, ordering: .sequentiallyConsistent) { wakeUp.signal() }
    draw(job)
    // A worker enters before it asks whether the job is open: it is counted, or it finds it closed.
    isOpen.store(false, ordering: .sequentiallyConsistent)
    var spins = 0
    while inside.load(ordering: .sequentiallyConsistent) > 0 {
      spins += 1
      if spins < Self.spins { cpu_relax() } else { sched_yield() }
    }
  }

  /// Not inlined, so that the closure is let go of before `inside` is left.
  @inline(never)
  private func draw(_ job: Job) {
    while true {
      let i = nextIndex.wrappingAdd(1, ordering: .relaxed).oldValue
      guard i < job.count else { return }
      job.body.pointee(i)
    }
  }

  private func startWorker() {
    let thread = Thread { [self] in
      var seen = 0
      while true {
        seen = waitForJob(after: seen)
        takePart()
      }
    }
    thread.name = "tessera worker"
    thread.start()
  }

  private func takePart() {
    inside.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if isOpen.load(ordering: .sequentiallyConsistent),
      places.wrappingSubtract(1, ordering: .relaxed).oldValue > 0, let job
    {
      draw(job)
    }
    inside.wrappingSubtract(1, ordering: .sequentiallyConsistent)
  }

  /// - Returns: the number of a job later than `seen`.
  private func waitForJob(after seen: Int) -> Int {
    while true {
      for _ in 0..<Self.spins {
        let current = generation.load(ordering: .acquiring)
        if current != seen { return current }
        cpu_relax()
      }
      sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
      if generation.load(ordering: .sequentiallyConsistent) == seen {
        wakeUp.wait()
      } else {
        withdraw()
      }
    }
  }

  /// Takes back the announcement of a sleeper, or the signal that already answered it.
  private func withdraw() {
    var count = sleepers.load(ordering: .sequentiallyConsistent)
    while count > 0 {
      let (done, found) = sleepers.compareExchange(
        expected: count, desired: count - 1, ordering: .sequentiallyConsistent)
      if done { return }
      count = found
    }
    wakeUp.wait()
  }
}
