import TesseraTensors

/// Vectors to be searched, [count, dimension] row-major, in memory or in a mapped file; with codes,
/// where the first pass is to read a quarter of the bytes.
package struct VectorBlock: Sendable {
  package let count: Int
  package let dimension: Int
  package let vectors: StoredNumbers<Float>
  package let codes: RowCodes?

  package init(
    _ vectors: StoredNumbers<Float>, dimension: Int, codes: RowCodes? = nil
  ) {
    precondition(dimension > 0, "vectors of dimension \(dimension)")
    precondition(
      vectors.count.isMultiple(of: dimension),
      "\(vectors.count) numbers in vectors of \(dimension)")
    count = vectors.count / dimension
    precondition(count <= Int(Int32.max), "\(count) rows in one block")
    if let codes {
      precondition(
        codes.count == count && codes.dimension == dimension,
        "codes of \(codes.count)×\(codes.dimension) for \(count)×\(dimension) vectors")
    }
    self.dimension = dimension
    self.vectors = vectors
    self.codes = codes
  }

  /// Copies the rows of a matrix.
  package init(_ matrix: Tensor) {
    precondition(matrix.shape.count == 2, "vectors of shape \(matrix.shape)")
    self.init(
      StoredNumbers(count: matrix.elementCount) { out in
        matrix.withElements { _ = out.initialize(fromContentsOf: $0) }
      }, dimension: matrix.shape[1])
  }

  /// The same vectors with codes, computed here.
  package func coded() -> VectorBlock {
    VectorBlock(vectors, dimension: dimension, codes: RowCodes(of: self))
  }
}
