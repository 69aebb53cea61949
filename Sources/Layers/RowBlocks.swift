import TesseraTensors

extension Tensor {
  /// Computes each row of two tensors by itself, in blocks of rows, each from its first operation to
  /// its last on one thread: what stands between two operations stays in that thread's second cache,
  /// and no thread waits for another in between.
  ///
  /// Few rows are one block, whose operations are split over the threads instead; a trace or a
  /// profile sees all rows at once; and weights that are not in memory are read only once. The
  /// results are the same bits in any case, since no operation adds up numbers of different rows.
  ///
  /// - Parameters:
  ///   - weightsAreResident: whether blocks may read all weights again.
  ///   - body: the results of some rows of both, shaped as those of the first.
  package static func inRowBlocks(
    _ x: Tensor, _ y: Tensor, weightsAreResident: Bool, trace: Trace?,
    _ body: (Tensor, Tensor, Trace?) -> Tensor
  ) -> Tensor {
    let rows = x.rowCount
    let threads = Parallel.threadCount
    guard trace.mayJoinOperations, weightsAreResident,
      rows >= threads * RowBlocks.lowest
    else {
      return body(x, y, trace)
    }
    let share = threads * RowBlocks.highest
    let count = (rows + share - 1) / share * threads
    return Tensor(shape: x.shape) { out in
      guard let out = out.baseAddress else { return }
      Parallel.forEach(count) { block in
        let range = block * rows / count..<(block + 1) * rows / count
        let part = body(x.rows(range), y.rows(range), nil)
        precondition(part.rowWidth == x.rowWidth, "\(part.shape) for rows of \(x.shape)")
        part.withElements { part in
          guard let start = part.baseAddress else { return }
          (out + range.lowerBound * x.rowWidth).update(from: start, count: part.count)
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
