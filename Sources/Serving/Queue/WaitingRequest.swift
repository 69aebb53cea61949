/// A request in the queue: what is asked, what is known already, and who waits.
protocol WaitingRequest: Sendable {
  /// Computes pieces of requests of one lane, this one among them.
  ///
  /// - Returns: those requests with what became known.
  func compute(
    _ slices: [(request: any WaitingRequest, pieces: Range<Int>)]
  ) -> [any WaitingRequest]

  /// Whether all is known, or known to have failed.
  var isDone: Bool { get }

  /// Lets the one who waits go on.
  ///
  /// - Precondition: it is done.
  func resume()

  func resume(throwing error: any Error)
}

struct TypedRequest<Piece: Sendable, Output: Sendable>: WaitingRequest {
  let lane: Lane<Piece, Output>
  let pieces: [Piece]
  var results: [Output] = []
  var failure: (any Error)?
  let continuation: CheckedContinuation<[Output], any Error>

  func compute(
    _ slices: [(request: any WaitingRequest, pieces: Range<Int>)]
  ) -> [any WaitingRequest] {
    var requests = slices.compactMap { slice -> (TypedRequest, Range<Int>)? in
      (slice.request as? TypedRequest).map { ($0, slice.pieces) }
    }
    precondition(requests.count == slices.count, "requests of two lanes in one batch")
    do {
      let results = try lane.compute(requests.flatMap { $0.0.pieces[$0.1] })
      precondition(results.count == slices.reduce(0) { $0 + $1.pieces.count })
      var rest = results[...]
      for i in requests.indices {
        requests[i].0.results += rest.prefix(requests[i].1.count)
        rest = rest.dropFirst(requests[i].1.count)
      }
    } catch {
      for i in requests.indices { requests[i].0.failure = error }
    }
    return requests.map(\.0)
  }

  var isDone: Bool { failure != nil || results.count == pieces.count }

  func resume() {
    if let failure {
      continuation.resume(throwing: failure)
    } else {
      continuation.resume(returning: results)
    }
  }

  func resume(throwing error: any Error) { continuation.resume(throwing: error) }
}
