/// A tensor as a checkpoint stores it: any dtype, contiguous and row-major, in shared storage.
///
/// Arithmetic never sees one; `widened()` makes a float32 `Tensor` of it, without loss for F16
/// and BF16.
package struct StoredTensor: Sendable {
  package let dtype: DType
  package let shape: [Int]
  package let storage: TensorStorage
  package let byteOffset: Int

  /// - Precondition: the elements lie within the storage.
  package init(dtype: DType, shape: [Int], storage: TensorStorage, byteOffset: Int = 0) {
    self.dtype = dtype
    self.shape = shape
    self.storage = storage
    self.byteOffset = byteOffset
    precondition(
      byteOffset >= 0 && shape.allSatisfy { $0 >= 0 }
        && byteOffset + byteCount <= storage.bytes.count,
      "\(dtype) \(shape) at byte \(byteOffset) exceeds \(storage.bytes.count) bytes of storage")
  }

  /// Copies float32 values.
  package init(_ values: [Float], shape: [Int]) {
    let storage = values.withUnsafeBytes { values in
      TensorStorage(byteCount: values.count) { $0.copyMemory(from: values) }
    }
    self.init(dtype: .f32, shape: shape, storage: storage)
  }

  /// The same elements in another shape.
  package func reshaped(_ newShape: [Int]) -> StoredTensor {
    precondition(
      newShape.reduce(1, *) == elementCount, "\(shape) cannot be reshaped to \(newShape)")
    return StoredTensor(dtype: dtype, shape: newShape, storage: storage, byteOffset: byteOffset)
  }

  /// Some rows of the first dimension, in the same storage.
  package func rows(_ range: Range<Int>) -> StoredTensor {
    precondition(
      !shape.isEmpty && range.lowerBound >= 0 && range.upperBound <= shape[0],
      "rows \(range) of \(shape)")
    let rowBytes = shape.dropFirst().reduce(dtype.byteCount, *)
    return StoredTensor(
      dtype: dtype, shape: [range.count] + shape.dropFirst(), storage: storage,
      byteOffset: byteOffset + range.lowerBound * rowBytes)
  }

  package var elementCount: Int { shape.reduce(1, *) }
  package var byteCount: Int { elementCount * dtype.byteCount }

  /// Copies the bytes of some rows of the first dimension.
  func copyBytes(ofRows rows: Range<Int>, into out: UnsafeMutableRawPointer) {
    let part = self.rows(rows)
    storage.copyBytes(part.byteOffset..<part.byteOffset + part.byteCount, into: out)
  }

  /// Lends the raw little-endian bytes, which may be unaligned.
  package func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(storage) {
      try body(UnsafeRawBufferPointer(rebasing: storage.bytes[byteOffset..<byteOffset + byteCount]))
    }
  }
}
