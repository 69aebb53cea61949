/// Whose turn it is to be computed: the order alone, without clocks and threads.
///
/// A batch holds what fits its budget of tokens, or one single piece that is longer. Clients take
/// turns, and so do a client's requests: each gives pieces of `share` tokens, at least one piece,
/// until the batch is full. A client whose piece did not fit begins the next batch, so that a piece
/// waits for the batch in hand, and for one piece each of the clients before it, whatever else they
/// have asked for.
package struct FairQueue {
  /// Pieces of a request that are computed together.
  package struct Slice: Equatable {
    package let request: Int
    package let pieces: Range<Int>
  }

  package struct Batch: Equatable {
    package let lane: Int
    package var slices: [Slice]
    package var tokens: Int
  }

  private struct Request {
    let lane: Int
    let client: String
    let tokens: [Int]
    var next = 0
    var isDone: Bool { next == tokens.count }
  }

  private var requests: [Int: Request] = [:]
  /// Each client's requests, the next one first.
  private var turns: [String: [Int]] = [:]
  /// Clients that wait, the next one first.
  private var clients: [String] = []
  package private(set) var tokenCount = 0
  package private(set) var pieceCount = 0
  private let share: Int

  package init(share: Int = 256) { self.share = share }

  package var isEmpty: Bool { clients.isEmpty }

  /// - Parameters:
  ///   - request: its number.
  ///   - lane: pieces of one lane only are computed together.
  ///   - tokens: of each piece.
  package mutating func add(_ request: Int, lane: Int, client: String, tokens: [Int]) {
    guard !tokens.isEmpty else { return }
    requests[request] = Request(lane: lane, client: client, tokens: tokens)
    if turns[client] == nil { clients.append(client) }
    turns[client, default: []].append(request)
    tokenCount += tokens.reduce(0, +)
    pieceCount += tokens.count
  }

  /// Drops what is left of a request.
  package mutating func remove(_ request: Int) {
    guard let removed = requests.removeValue(forKey: request) else { return }
    tokenCount -= removed.tokens[removed.next...].reduce(0, +)
    pieceCount -= removed.tokens.count - removed.next
    turns[removed.client]?.removeAll { $0 == request }
    if turns[removed.client]?.isEmpty ?? true {
      turns[removed.client] = nil
      clients.removeAll { $0 == removed.client }
    }
  }

  /// Takes what is computed next; nil where nothing waits.
  package mutating func takeBatch(budget: Int) -> Batch? {
    guard let first = clients.first.flatMap({ turns[$0]?.first }).flatMap({ requests[$0] })
    else { return nil }
    var batch = Batch(lane: first.lane, slices: [], tokens: 0)
    var served: Set<String> = []
    var open = clients
    while !open.isEmpty {
      open = open.filter { client in
        let given = give(client, to: &batch, budget: budget)
        if given { served.insert(client) }
        return given
      }
    }
    clients =
      clients.filter { turns[$0] != nil && !served.contains($0) }
      + clients.filter { turns[$0] != nil && served.contains($0) }
    batch.slices = batch.slices.merged()
    return batch
  }

  /// One turn of a client; false where it has nothing that fits.
  private mutating func give(_ client: String, to batch: inout Batch, budget: Int) -> Bool {
    guard var order = turns[client],
      let place = order.firstIndex(where: { requests[$0]?.lane == batch.lane }),
      var request = requests[order[place]]
    else { return false }
    let number = order.remove(at: place)
    let start = request.next
    var given = 0
    while !request.isDone, given == 0 || given < share {
      let tokens = request.tokens[request.next]
      guard batch.tokens == 0 || batch.tokens + tokens <= budget else { break }
      batch.tokens += tokens
      given += max(1, tokens)
      request.next += 1
    }
    guard request.next > start else { return false }
    batch.slices.append(Slice(request: number, pieces: start..<request.next))
    tokenCount -= request.tokens[start..<request.next].reduce(0, +)
    pieceCount -= request.next - start
    if request.isDone {
      requests[number] = nil
    } else {
      order.append(number)
      requests[number] = request
    }
    turns[client] = order.isEmpty ? nil : order
    return true
  }
}

extension [FairQueue.Slice] {
  /// Neighbouring pieces of one request in one slice, in the order of the requests' first turns.
  fileprivate func merged() -> [FairQueue.Slice] {
    var places: [Int: Int] = [:]
    var merged: [FairQueue.Slice] = []
    for slice in self {
      if let place = places[slice.request] {
        let pieces = merged[place].pieces.lowerBound..<slice.pieces.upperBound
        merged[place] = .init(request: slice.request, pieces: pieces)
      } else {
        places[slice.request] = merged.count
        merged.append(slice)
      }
    }
    return merged
  }
}
