import TesseraLayers
import TesseraTensors

/// One sequence, [T, C], as it leaves the last layer, once for each group of rows that is left out
/// as it enters the first.
///
/// - Parameters:
///   - row: one that no group has, if no other is wanted: → [1, C] each.
///   - batchRows: rows that are computed together; at least one group is.
///   - progress: told how many are done whenever some are, not counting those before.
///   - layers: the stack of layers, which may be told of one row a sequence to keep.
func variants(
  of x: Tensor, leavingOut groups: [[Int]], keeping row: Int?, batchRows: Int,
  progress: (Int) throws -> Void,
  layers: (Tensor, PackedSequences, [Int]?) throws -> Tensor
) throws -> [Tensor] {
  let batch = max(1, batchRows / x.rowCount)
  return try stride(from: 0, to: groups.count, by: batch).flatMap { start in
    let left = groups[start..<min(start + batch, groups.count)].map { Set($0) }
    let places = left.map { left in (0..<x.rowCount).filter { !left.contains($0) } }
    let kept = places.map(x.rows(at:))
    let sequences = PackedSequences(lengths: kept.map(\.rowCount), places: places.flatMap { $0 })
    let rows = row.map { row in
      zip(sequences.starts, left).map { start, left in start + row - left.count { $0 < row } }
    }
    let hidden = try layers(.concatenating(kept), sequences, rows)
    try progress(kept.count)
    return rows == nil
      ? sequences.ranges.map { hidden.rows($0) } : kept.indices.map { hidden.rows($0..<$0 + 1) }
  }
}
