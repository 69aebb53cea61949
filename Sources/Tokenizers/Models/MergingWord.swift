/// A word while its symbols merge: a linked list, and a heap of the merges that wait.
///
/// Time is n log n in the number of characters, so that a line of megabytes without a space ends.
struct MergingWord {
  private struct Symbol {
    var id: Int32
    /// Index of the neighbour; −1: none.
    var previous: Int32
    var next: Int32
    var isMerged = false
  }

  private struct Candidate {
    let rank: UInt32
    /// Index of the left symbol.
    let position: Int32
    let result: Int32

    static func < (a: Candidate, b: Candidate) -> Bool {
      a.rank != b.rank ? a.rank < b.rank : a.position < b.position
    }
  }

  private var symbols: [Symbol] = []
  /// A binary heap, the least first.
  private var heap: [Candidate] = []

  mutating func removeAll() {
    symbols.removeAll(keepingCapacity: true)
    heap.removeAll(keepingCapacity: true)
  }

  mutating func append(_ id: Int32) {
    let index = Int32(truncatingIfNeeded: symbols.count)
    if index > 0 { symbols[symbols.count - 1].next = index }
    symbols.append(Symbol(id: id, previous: index - 1, next: -1))
  }

  func forEach(_ body: (Int32) -> Void) {
    for symbol in symbols where !symbol.isMerged { body(symbol.id) }
  }

  mutating func mergeAll(_ merges: MergeTable) {
    for index in symbols.indices { offer(Int32(index), merges) }
    while let candidate = popFirst() {
      let left = symbols[Int(candidate.position)]
      // The candidate is stale if either symbol has merged otherwise since.
      guard !left.isMerged, left.next >= 0, case let right = symbols[Int(left.next)],
        merges.merge(left.id, right.id)?.result == candidate.result
      else { continue }
      symbols[Int(candidate.position)].id = candidate.result
      symbols[Int(candidate.position)].next = right.next
      symbols[Int(left.next)].isMerged = true
      if right.next >= 0 { symbols[Int(right.next)].previous = candidate.position }
      if left.previous >= 0 { offer(left.previous, merges) }
      offer(candidate.position, merges)
    }
  }

  /// Puts the merge of the symbol at `position` with its right neighbour on the heap, if there is
  /// one.
  @inline(__always)
  private mutating func offer(_ position: Int32, _ merges: MergeTable) {
    let left = symbols[Int(position)]
    guard left.next >= 0, let merge = merges.merge(left.id, symbols[Int(left.next)].id) else {
      return
    }
    push(Candidate(rank: merge.rank, position: position, result: merge.result))
  }

  // MARK: Heap

  private mutating func push(_ candidate: Candidate) {
    heap.append(candidate)
    var child = heap.count - 1
    while child > 0, case let parent = (child - 1) / 2, heap[child] < heap[parent] {
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func popFirst() -> Candidate? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if heap.isEmpty { return first }
    heap[0] = last
    var parent = 0
    while case let left = parent * 2 + 1, left < heap.count {
      let right = left + 1
      let least = right < heap.count && heap[right] < heap[left] ? right : left
      guard heap[least] < heap[parent] else { break }
      heap.swapAt(least, parent)
      parent = least
    }
    return first
  }
}
