import Synchronization
import Tensors
import Testing

@Suite struct ParallelTests {
  @Test(arguments: [0, 1, 2, 1000]) func `every index is visited once`(count: Int) {
    let visits = Mutex([Int](repeating: 0, count: count))
    Parallel.forEach(count) { i in visits.withLock { $0[i] += 1 } }
    #expect(visits.withLock { $0 } == [Int](repeating: 1, count: count))
  }

  @Test(arguments: [0, 1, 5, 1000], [1, 7, 5000])
  func `ranges cover everything once`(count: Int, minimum: Int) {
    let visits = Mutex([Int](repeating: 0, count: count))
    Parallel.forEachRange(count, minimum: minimum) { range in
      visits.withLock { for i in range { $0[i] += 1 } }
    }
    #expect(visits.withLock { $0 } == [Int](repeating: 1, count: count))
  }

  @Test func `a map keeps the order`() {
    #expect(Parallel.map(100) { "\($0)" } == (0..<100).map { "\($0)" })
  }
}
