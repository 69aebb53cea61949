/// The best hits of those seen so far, as a heap whose root is the worst of them.
struct BestHits: Sendable {
  private let capacity: Int
  private var heap: [Hit] = []

  init(_ capacity: Int) {
    precondition(capacity > 0, "the best \(capacity) hits")
    self.capacity = capacity
  }

  /// What a score must reach to be among the best; −∞ while there is room.
  var limit: Float { heap.count < capacity ? -.infinity : heap[0].score }

  /// The best first.
  var sorted: [Hit] { heap.sorted(by: Hit.precedes) }

  /// Takes a hit in, if it is among the best; one whose score is NaN never is.
  mutating func insert(_ hit: Hit) {
    guard !hit.score.isNaN else { return }
    if heap.count < capacity {
      heap.append(hit)
      rise(from: heap.count - 1)
    } else if Hit.precedes(hit, heap[0]) {
      heap[0] = hit
      sink()
    }
  }

  mutating func insert(_ others: BestHits) {
    for hit in others.heap { insert(hit) }
  }

  private mutating func rise(from place: Int) {
    var child = place
    while child > 0 {
      let parent = (child - 1) / 2
      guard Hit.precedes(heap[parent], heap[child]) else { return }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var worst = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if Hit.precedes(heap[worst], heap[child]) { worst = child }
      }
      guard worst != parent else { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }
}
