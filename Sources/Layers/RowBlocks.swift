import Tensors

extension Tensor {
  /// Computes rows that do not depend on each other in blocks, each from its first operation to its
  /// last on one thread: what stands between two operations stays in that thread's second cache, and
  /// no thread waits for another in between.
  ///
  /// Few rows are one block, whose operations are split over the threads instead. The results are
  /// the same bits either way, since no operation adds up numbers of different rows. A profile sees
  /// one block too.
  ///
  /// - Parameter body: the results of a range of rows: [range, width].
  package static func rowBlocks(
    _ rows: Int, width: Int, _ body: (Range<Int>) -> Tensor
  ) -> Tensor {
    let threads = Parallel.threadCount
    guard rows >= threads * RowBlocks.lowest, Profile.current == nil else {
      return body(0..<rows)
    }
    let rounds = (rows + threads * RowBlocks.highest - 1) / (threads * RowBlocks.highest)
    let (count, rest) = rows.quotientAndRemainder(dividingBy: rounds * threads)
    return Tensor(shape: [rows, width]) { out in
      guard let out = out.baseAddress else { return }
      Parallel.forEach(rounds * threads) { block in
        let start = block * count + min(block, rest)
        let part = body(start..<start + count + (block < rest ? 1 : 0))
        precondition(part.rowWidth == width, "rows of \(part.shape) for a width of \(width)")
        part.withElements { x in
          guard let x = x.baseAddress else { return }
          (out + start * width).update(from: x, count: part.elementCount)
        }
      }
    }
  }
}

private enum RowBlocks {
  /// Below it, reading all weights for a block would take longer than its arithmetic.
  static let lowest = 48
  /// The widest stage of so many rows, [64, 3072], takes 768 kB.
  static let highest = 64
}
