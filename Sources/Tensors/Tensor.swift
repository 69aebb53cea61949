/// A float32 tensor: a shape over shared, contiguous, row-major storage.
///
/// Tensors are values that never change; operations return new ones. Taking rows and reshaping
/// are free, because the storage is shared.
///
/// One legend serves all comments on shapes: B batch, T tokens (of all sequences of a batch, one
/// behind the other), C channels, H heads, D head width, P patches, S image side.
package struct Tensor: Sendable {
  package let shape: [Int]
  private let storage: TensorStorage
  /// Index of the first element in the storage, in elements.
  private let offset: Int

  private init(shape: [Int], storage: TensorStorage, offset: Int) {
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  /// Allocates a tensor, which `initialize` must fill.
  package init(
    shape: [Int], initialize: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    precondition(shape.allSatisfy { $0 >= 0 }, "a shape of \(shape)")
    let count = shape.reduce(1, *)
    let storage = try TensorStorage(byteCount: count * MemoryLayout<Float>.stride) {
      try initialize($0.bindMemory(to: Float.self))
    }
    self.init(shape: shape, storage: storage, offset: 0)
  }

  /// Copies values.
  package init(_ values: [Float], shape: [Int]) {
    precondition(
      values.count == shape.reduce(1, *), "\(values.count) values for a shape of \(shape)")
    self.init(shape: shape) { _ = $0.initialize(from: values) }
  }

  package init(zeros shape: [Int]) {
    self.init(shape: shape) { $0.initialize(repeating: 0) }
  }

  /// Reads F32 elements where they lie.
  ///
  /// Nil if the dtype is another or the address is not aligned.
  init?(sharing stored: StoredTensor) {
    let stride = MemoryLayout<Float>.stride
    guard stored.dtype == .f32,
      Int(bitPattern: stored.storage.bytes.baseAddress).isMultiple(of: stride),
      stored.byteOffset.isMultiple(of: stride)
    else { return nil }
    self.init(
      shape: stored.shape, storage: stored.storage, offset: stored.byteOffset / stride)
  }

  /// The same elements, shared, as a checkpoint's tensor.
  package var stored: StoredTensor {
    StoredTensor(
      dtype: .f32, shape: shape, storage: storage, byteOffset: offset * MemoryLayout<Float>.stride)
  }

  package var elementCount: Int { shape.reduce(1, *) }

  /// Length of the first dimension.
  package var rowCount: Int { shape[0] }

  /// Elements in one entry of the first dimension.
  package var rowWidth: Int { shape.dropFirst().reduce(1, *) }

  /// Lends the elements.
  package func withElements<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(storage) {
      let elements = storage.bytes.assumingMemoryBound(to: Float.self)
      return try body(
        UnsafeBufferPointer(rebasing: elements[offset..<offset + elementCount]))
    }
  }

  /// The elements as an array, copied.
  package var elements: [Float] { withElements { Array($0) } }

  /// The same elements under another shape.
  package func reshaped(_ newShape: [Int]) -> Tensor {
    precondition(
      newShape.reduce(1, *) == elementCount, "\(shape) cannot be reshaped to \(newShape)")
    return Tensor(shape: newShape, storage: storage, offset: offset)
  }

  /// A range of the first dimension, sharing storage.
  package func rows(_ range: Range<Int>) -> Tensor {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rowCount, "rows \(range) of \(shape)")
    return Tensor(
      shape: [range.count] + shape.dropFirst(), storage: storage,
      offset: offset + range.lowerBound * rowWidth)
  }

  /// Some entries of the first dimension, in this order, copied.
  package func rows(at indices: [Int]) -> Tensor {
    Tensor(shape: [indices.count] + shape.dropFirst()) { out in
      withElements { x in
        for (i, index) in indices.enumerated() {
          precondition((0..<rowCount).contains(index), "row \(index) of \(shape)")
          _ = out[i * rowWidth..<(i + 1) * rowWidth]
            .update(fromContentsOf: x[index * rowWidth..<(index + 1) * rowWidth])
        }
      }
    }
  }

  /// One entry of the first dimension, that dimension dropped.
  package func row(_ index: Int) -> Tensor {
    rows(index..<index + 1).reshaped(Array(shape.dropFirst()))
  }

  /// A range of the last dimension of a matrix, copied: [T, C] → [T, range].
  package func columns(_ range: Range<Int>) -> Tensor {
    precondition(shape.count == 2 && range.upperBound <= shape[1], "columns \(range) of \(shape)")
    return Tensor(shape: [shape[0], range.count]) { out in
      withElements { x in
        for row in 0..<shape[0] {
          let source = x[(row * shape[1] + range.lowerBound)..<(row * shape[1] + range.upperBound)]
          _ = out[(row * range.count)..<((row + 1) * range.count)].update(fromContentsOf: source)
        }
      }
    }
  }

  /// Tensors behind one another along the first dimension.
  package static func concatenating(_ tensors: [Tensor]) -> Tensor {
    guard let first = tensors.first else { preconditionFailure("nothing to concatenate") }
    for tensor in tensors {
      precondition(
        tensor.shape.dropFirst() == first.shape.dropFirst(),
        "\(tensor.shape) does not fit behind \(first.shape)")
    }
    let rows = tensors.reduce(0) { $0 + $1.rowCount }
    return Tensor(shape: [rows] + first.shape.dropFirst()) { out in
      var start = 0
      for tensor in tensors {
        tensor.withElements { x in
          _ = out[start..<start + x.count].initialize(fromContentsOf: x)
          start += x.count
        }
      }
    }
  }
}
