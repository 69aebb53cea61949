import TesseraTensors

/// What a checkpoint says about a tensor before anybody reads its elements.
package struct TensorInfo: Equatable, Sendable {
  package let name: String
  package let dtype: DType
  package let shape: [Int]
  package let byteCount: Int

  package var elementCount: Int { byteCount / dtype.byteCount }

  /// Nil where a dimension is negative or the byte count does not fit an `Int`.
  package init?(name: String, dtype: DType, shape: [Int]) {
    var count = 1
    for dimension in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow else { return nil }
      count = product
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: dtype.byteCount)
    guard !overflow else { return nil }
    self.name = name
    self.dtype = dtype
    self.shape = shape
    self.byteCount = bytes
  }
}
