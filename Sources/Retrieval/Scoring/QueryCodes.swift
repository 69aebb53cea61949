import TesseraKernels
import TesseraTensors

/// Queries as bytes, and what each brings to the bound of a score.
///
/// Beside what the codes round off (see `RowCodes`), a bound holds what float32 rounds: in the score
/// that it bounds, at most (d/16 + 5)·2⁻²⁴·‖q‖·‖v‖, and in itself; twice that and more is allowed for.
struct QueryCodes {
  /// Bytes from one query to the next.
  let stride: Int
  /// [queries, stride]
  let codes: [Int8]
  /// [queries]
  let factors: [CodeScores.Factors]

  init(_ queries: Tensor) {
    let dimension = queries.rowWidth
    let stride = (dimension + CodeScores.stride - 1) / CodeScores.stride * CodeScores.stride
    let roundings = (Double(dimension) / 16 + 32) * 0x1p-23
    var codes = [Int8](repeating: 0, count: queries.rowCount * stride)
    factors = queries.withElements { queries in
      codes.withUnsafeMutableBufferPointer { codes in
        (0..<codes.count / stride).map { i in
          let row = UnsafeMutableBufferPointer(
            rebasing: codes[i * stride..<i * stride + dimension])
          let query = CodeLengths(
            coding: UnsafeBufferPointer(
              rebasing: queries[i * dimension..<(i + 1) * dimension]), into: row)
          return CodeScores.Factors(
            scale: query.scale, sum: row.reduce(0) { $0 + Int32($1) },
            error: CodeLengths.roundedUp(query.length * (1 + roundings) + CodeLengths.trifle),
            norm: CodeLengths.roundedUp(query.error + roundings * query.length))
        }
      }
    }
    self.codes = codes
    self.stride = stride
  }
}
