import Synchronization
import TesseraTensors
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

  /// A second caller, and a body that calls again, compute on their own threads.
  @Test func `callers on many threads each get all of their indices`() async {
    await withTaskGroup(of: Bool.self) { group in
      for caller in 0..<8 {
        group.addTask {
          (0..<300).allSatisfy { round in
            let sums = Parallel.map(17) { i in
              Parallel.map(3) { i * 3 + $0 + caller + round }.reduce(0, +)
            }
            return sums == (0..<17).map { 3 * (3 * $0 + 1 + caller + round) }
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
