import TesseraTensors
import Testing

@Suite struct MemoryPoolTests {
  /// Tensors of several sizes come and go on several threads; none sees another's elements.
  @Test func `no two tensors share memory`() {
    let sizes = [17_000, 16_384, 40_000, 40_001, 65_000]
    let intact = Parallel.map(8) { worker in
      var held: [Tensor] = []
      for i in 0..<400 {
        let value = Float(worker * 1000 + i)
        held.append(
          Tensor(shape: [sizes[(i * 7 + worker) % 5]]) { $0.initialize(repeating: value) })
        if held.count > 6 {
          let oldest = held.removeFirst()
          let isIntact = oldest.withElements { x in x.allSatisfy { $0 == x[0] } }
          guard isIntact, oldest.elements.first == value - 6 else { return false }
        }
      }
      return true
    }
    #expect(intact.allSatisfy { $0 })
  }
}
