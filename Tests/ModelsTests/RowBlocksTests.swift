import Synchronization
import TesseraLayers
import TesseraTensors
import Testing

@Suite struct RowBlocksTests {
  private func column(_ rows: Int, _ value: (Int) -> Int) -> Tensor {
    Tensor((0..<2 * rows).map { Float(value($0)) }, shape: [rows, 2])
  }

  @Test(arguments: [1, 47, 95, 96, 97, 200, 1001])
  func `every row is computed once, beside its own of the other tensor`(rows: Int) {
    let (x, y) = (column(rows) { $0 }, column(rows) { 3 * $0 })
    let blocks = Mutex<[Int]>([])
    let out = Tensor.inRowBlocks(x, y, weightsAreResident: true, trace: nil) { x, y, _ in
      blocks.withLock { $0.append(x.rowCount) }
      return x + y
    }
    #expect(out.elements == (0..<2 * rows).map { Float(4 * $0) })
    let heights = blocks.withLock { $0 }
    #expect(heights.reduce(0, +) == rows)
    // Long batches are cut, or the path that all large batches take would not be tested.
    #expect(rows < 1001 || Parallel.threadCount > 8 || heights.count > 1)
  }

  @Test func `a trace sees all rows at once`() {
    let x = column(1001) { $0 }
    let count = Mutex(0)
    _ = Tensor.inRowBlocks(x, x, weightsAreResident: true, trace: Trace()) { x, _, trace in
      count.withLock { $0 += 1 }
      #expect(trace != nil && x.rowCount == 1001)
      return x
    }
    #expect(count.withLock { $0 } == 1)
  }
}
