import Layers
import Tensors

/// One sequence, [T, C], as it leaves the last layer, once for each group of rows that is left out
/// as it enters the first.
///
/// - Parameters:
///   - batchRows: rows that are computed together; at least one group is.
///   - layers: the stack of layers.
func variants(
  of x: Tensor, leavingOut groups: [[Int]], batchRows: Int,
  layers: (Tensor, PackedSequences) throws -> Tensor
) throws -> [Tensor] {
  let batch = max(1, batchRows / x.rowCount)
  return try stride(from: 0, to: groups.count, by: batch).flatMap { start in
    let kept = groups[start..<min(start + batch, groups.count)].map { group in
      let left = Set(group)
      return x.rows(at: (0..<x.rowCount).filter { !left.contains($0) })
    }
    let sequences = PackedSequences(lengths: kept.map(\.rowCount))
    let hidden = try layers(.concatenating(kept), sequences)
    return sequences.ranges.map { hidden.rows($0) }
  }
}
