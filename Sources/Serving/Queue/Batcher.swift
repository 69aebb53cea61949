import Dispatch
import Synchronization

/// Computes what requests ask for, one batch at a time.
///
/// Nothing waits but for the batch in hand: what came in meanwhile is the next batch, in the order of
/// `FairQueue`. Results have the bits that each piece has alone, as no sum is split and nothing is
/// padded. Who leaves frees his place.
package final class Batcher: Sendable {
  /// How much may wait.
  package struct Limits: Sendable {
    /// Tokens that are computed together.
    package var batchTokens = 2048
    /// Tokens that wait at most; a request that finds nobody before it is always let in.
    package var queuedTokens = 262_144
    /// Seconds that a request would have to wait at most, by the speed measured so far.
    package var wait = 30.0

    package init() {}
  }

  private struct State {
    var queue = FairQueue()
    var requests: [Int: any WaitingRequest] = [:]
    var count = 0
    var isComputing = false
    var speed = Speed()
  }

  private let state = Mutex(State())
  private let thread = DispatchQueue(label: "tessera.compute", qos: .userInitiated)
  package let limits: Limits
  private let metrics: Metrics

  package init(limits: Limits = Limits(), metrics: Metrics = Metrics()) {
    self.limits = limits
    self.metrics = metrics
  }

  /// Waits for its turn, and for the results, which are in the order of the pieces.
  ///
  /// - Parameters:
  ///   - tokens: of each piece.
  ///   - client: who takes turns with others.
  /// - Throws: `Problem` where too much waits; `CancellationError` where the task was cancelled;
  ///   what the lane throws.
  package func run<Piece: Sendable, Output: Sendable>(
    _ pieces: [Piece], tokens: [Int], on lane: Lane<Piece, Output>, for client: String
  ) async throws -> [Output] {
    precondition(pieces.count == tokens.count)
    guard !pieces.isEmpty else { return [] }
    let number = state.withLock { state in
      state.count += 1
      return state.count
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let request = TypedRequest(lane: lane, pieces: pieces, continuation: continuation)
        do {
          try enqueue(request, number, lane: lane.number, client: client, tokens: tokens)
        } catch {
          continuation.resume(throwing: error)
        }
        // The task may have been cancelled before there was anything to drop.
        if Task.isCancelled { drop(number) }
      }
    } onCancel: {
      drop(number)
    }
  }

  /// What waits now.
  package var waiting: (requests: Int, tokens: Int) {
    state.withLock { ($0.requests.count, $0.queue.tokenCount) }
  }

  private func enqueue(
    _ request: any WaitingRequest, _ number: Int, lane: Int, client: String, tokens: [Int]
  ) throws(Problem) {
    let new = tokens.reduce(0, +)
    let admission = state.withLock { state -> Result<Bool, Problem> in
      let waiting = state.queue.tokenCount
      let seconds = state.speed.seconds(for: waiting)
      guard waiting == 0 || (waiting + new <= limits.queuedTokens && seconds <= limits.wait)
      else {
        return .failure(
          Problem(
            .overloaded, "\(waiting) tokens wait already; try again in a while",
            retryAfter: max(1, Int(seconds.rounded(.up)))))
      }
      state.requests[number] = request
      state.queue.add(number, lane: lane, client: client, tokens: tokens)
      defer { state.isComputing = true }
      return .success(!state.isComputing)
    }
    if try admission.get() { thread.async { self.computeAll() } }
  }

  private func drop(_ number: Int) {
    let request = state.withLock { state in
      state.queue.remove(number)
      return state.requests.removeValue(forKey: number)
    }
    if let request {
      metrics.count("te_request_failure", ["err": "dropped"])
      request.resume(throwing: CancellationError())
    }
  }

  private func computeAll() {
    while let (batch, slices) = nextBatch() {
      let clock = ContinuousClock()
      let start = clock.now
      let computed = slices.first?.request.compute(slices) ?? []
      let seconds = (clock.now - start).seconds
      metrics.observe("te_batch_next_tokens", Double(batch.tokens))
      metrics.observe("te_batch_next_size", Double(batch.slices.reduce(0) { $0 + $1.pieces.count }))
      metrics.observe("te_request_inference_duration", seconds)
      finish(batch, computed, seconds: seconds)
    }
  }

  private func finish(_ batch: FairQueue.Batch, _ computed: [any WaitingRequest], seconds: Double) {
    let done = state.withLock { state in
      state.speed.note(tokens: batch.tokens, seconds: seconds)
      return zip(batch.slices, computed).compactMap { slice, request -> (any WaitingRequest)? in
        // Who left meanwhile is no longer there.
        guard state.requests[slice.request] != nil else { return nil }
        state.requests[slice.request] = request.isDone ? nil : request
        // What failed in part is not computed further.
        if request.isDone { state.queue.remove(slice.request) }
        return request.isDone ? request : nil
      }
    }
    for request in done { request.resume() }
  }

  private func nextBatch()
    -> (FairQueue.Batch, [(request: any WaitingRequest, pieces: Range<Int>)])?
  {
    state.withLock { state in
      guard let batch = state.queue.takeBatch(budget: limits.batchTokens) else {
        state.isComputing = false
        return nil
      }
      let slices = batch.slices.compactMap { slice in
        state.requests[slice.request].map { (request: $0, pieces: slice.pieces) }
      }
      precondition(slices.count == batch.slices.count, "a request in the queue that nobody asks")
      return (batch, slices)
    }
  }
}
