/// Rows of a matrix that meet queries: a product of two matrices both of whose rows are at hand, as
/// those of an index are.
///
/// The sum of each pair has one order, whatever rows and queries are computed with it. Sixteen
/// partial sums take the numbers in turn, on every CPU: those with fused multiply-adds agree to the
/// bit.
///
/// Holds addresses and numbers only, so that passing it takes no code that targets would share.
package struct RowScores {
  /// [rows, dimension], row-major: floats or signed bytes.
  package var rows: UnsafeRawPointer
  /// Which rows; the first ones where nil.
  package var indices: UnsafePointer<Int32>?
  /// How many rows.
  package var count: Int
  /// Numbers in a row.
  package var dimension: Int
  /// [queryCount, dimension], of the same type as the rows.
  package var queries: UnsafeRawPointer
  /// Bytes from one query to the next.
  package var queryStride: Int
  package var queryCount: Int
  /// [queryCount, count]
  package var out: UnsafeMutablePointer<Float>
  package var outStride: Int

  package init(
    rows: UnsafeRawPointer, indices: UnsafePointer<Int32>?, count: Int, dimension: Int,
    queries: UnsafeRawPointer, queryStride: Int, queryCount: Int,
    out: UnsafeMutablePointer<Float>, outStride: Int
  ) {
    self.rows = rows
    self.indices = indices
    self.count = count
    self.dimension = dimension
    self.queries = queries
    self.queryStride = queryStride
    self.queryCount = queryCount
    self.out = out
    self.outStride = outStride
  }
}

/// Codes of rows that meet codes of queries:
/// out ← scaleᵣ·scale_q·Σ codesᵣ·codes_q + errorᵣ·errorFactor_q + normᵣ·normFactor_q.
///
/// Behind the bytes of each query stand zeros up to a multiple of `CodeScores.stride`. Sums of bytes
/// are exact up to a dimension of 66,000.
package struct CodeScores {
  /// Rows and queries as signed bytes.
  package var product: RowScores
  /// Of each row, at its index.
  package var scales: UnsafePointer<Float>
  package var errors: UnsafePointer<Float>
  package var norms: UnsafePointer<Float>
  /// [queryCount]
  package var factors: UnsafePointer<Factors>

  /// What a query brings to each of its scores.
  package struct Factors: Sendable {
    package var scale: Float
    /// The sum of the query's codes.
    package var sum: Int32
    package var error: Float
    package var norm: Float

    package init(scale: Float, sum: Int32, error: Float, norm: Float) {
      self.scale = scale
      self.sum = sum
      self.error = error
      self.norm = norm
    }
  }

  package static let stride = 64

  package init(
    product: RowScores, scales: UnsafePointer<Float>, errors: UnsafePointer<Float>,
    norms: UnsafePointer<Float>, factors: UnsafePointer<Factors>
  ) {
    self.product = product
    self.scales = scales
    self.errors = errors
    self.norms = norms
    self.factors = factors
  }
}
