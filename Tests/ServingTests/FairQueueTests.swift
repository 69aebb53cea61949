import TesseraServing
import Testing

@Suite struct FairQueueTests {
  /// The requests of a batch, each with how many of its pieces are in it.
  private func taken(_ queue: inout FairQueue, budget: Int) -> [[Int]]? {
    queue.takeBatch(budget: budget).map { $0.slices.map { [$0.request, $0.pieces.count] } }
  }

  @Test func aBatchHoldsWhatFitsItsBudget() {
    var queue = FairQueue(share: 10)
    for request in 1...5 {
      queue.add(request, lane: 1, client: "\(request)", tokens: [10])
    }
    #expect(taken(&queue, budget: 30) == [[1, 1], [2, 1], [3, 1]])
    #expect(queue.tokenCount == 20)
    #expect(taken(&queue, budget: 30) == [[4, 1], [5, 1]])
    #expect(taken(&queue, budget: 30) == nil)
    #expect(queue.isEmpty)
  }

  @Test func aLongRequestDoesNotHoldUpAShortOne() {
    var queue = FairQueue(share: 10)
    queue.add(1, lane: 1, client: "index", tokens: [Int](repeating: 10, count: 100))
    queue.add(2, lane: 1, client: "query", tokens: [10])
    #expect(taken(&queue, budget: 40) == [[1, 3], [2, 1]])
  }

  @Test func requestsOfOneClientTakeTurnsToo() {
    var queue = FairQueue(share: 10)
    queue.add(1, lane: 1, client: "a", tokens: [10, 10, 10, 10])
    queue.add(2, lane: 1, client: "a", tokens: [10])
    #expect(taken(&queue, budget: 20) == [[1, 1], [2, 1]])
  }

  @Test func aPieceThatDidNotFitBeginsTheNextBatch() {
    var queue = FairQueue(share: 10)
    queue.add(1, lane: 1, client: "a", tokens: [10, 10])
    queue.add(2, lane: 1, client: "b", tokens: [500])
    queue.add(3, lane: 1, client: "c", tokens: [10])
    #expect(taken(&queue, budget: 20) == [[1, 1], [3, 1]])
    #expect(taken(&queue, budget: 20) == [[2, 1]])
    #expect(taken(&queue, budget: 20) == [[1, 1]])
  }

  @Test func lanesAreNotMixed() {
    var queue = FairQueue(share: 10)
    queue.add(1, lane: 1, client: "a", tokens: [10])
    queue.add(2, lane: 2, client: "b", tokens: [10])
    queue.add(3, lane: 1, client: "c", tokens: [10])
    #expect(taken(&queue, budget: 100) == [[1, 1], [3, 1]])
    #expect(taken(&queue, budget: 100) == [[2, 1]])
  }

  @Test func whoLeavesFreesHisPlace() {
    var queue = FairQueue(share: 10)
    queue.add(1, lane: 1, client: "a", tokens: [10, 10])
    queue.add(2, lane: 1, client: "b", tokens: [10])
    queue.remove(1)
    #expect(queue.tokenCount == 10)
    #expect(queue.pieceCount == 1)
    #expect(taken(&queue, budget: 100) == [[2, 1]])
    #expect(queue.tokenCount == 0)
  }
}
