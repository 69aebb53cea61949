import Kernels

/// The weights of a linear layer as a checkpoint holds them: floating-point numbers, or bytes with a
/// scale for each group of a row.
package struct StoredMatrix: Sendable {
  /// [outputs, inputs]
  package let tensor: StoredTensor
  /// Of I8: [outputs, groups], as `QuantizationGroups` cuts a row; a weight is its byte times the
  /// scale.
  package let scales: Tensor?

  /// - Precondition: a matrix of floating-point numbers, or of I8 with scales.
  package init(_ tensor: StoredTensor, scales: Tensor? = nil) {
    precondition(
      tensor.shape.count == 2 && tensor.shape[1] > 0 && (tensor.dtype == .i8) == (scales != nil)
        && (scales.map { $0.shape == Self.scaleShape(of: tensor.shape) }
          ?? tensor.dtype.isFloatingPoint),
      "a matrix of \(tensor.dtype) \(tensor.shape) with scales \(scales?.shape ?? [])")
    self.tensor = tensor
    self.scales = scales
  }

  /// The shape that the scales of quantized weights have.
  package static func scaleShape(of shape: [Int]) -> [Int] {
    [shape[0], QuantizationGroups(numbers: shape[1]).count]
  }

  package var outputs: Int { tensor.shape[0] }
  package var inputs: Int { tensor.shape[1] }
  private var groups: QuantizationGroups { QuantizationGroups(numbers: inputs) }

  /// Quantized for `Precision.int8`: symmetric, each group's largest magnitude becoming 127.
  package func quantized() -> StoredMatrix {
    guard tensor.dtype != .i8 else { return self }
    let groupCount = groups.count
    var scales = [Float](repeating: 0, count: outputs * groupCount)
    let bytes = scales.withUnsafeMutableBufferPointer { scales in
      TensorStorage(byteCount: outputs * inputs) { out in
        guard let start = out.baseAddress, let scales = scales.baseAddress else { return }
        Parallel.forEach(outputs) { row in
          quantizeRow(row, into: start + row * inputs) { group, scale in
            scales[row * groupCount + group] = scale
          }
        }
      }
    }
    return StoredMatrix(
      StoredTensor(dtype: .i8, shape: tensor.shape, storage: bytes),
      scales: Tensor(scales, shape: [outputs, groupCount]))
  }

  /// In float32.
  package func widened() -> Tensor {
    guard tensor.dtype == .i8 else { return tensor.widened() }
    return Tensor(shape: tensor.shape) { out in
      guard let start = out.baseAddress else { return }
      for row in 0..<outputs {
        withRow(row) { (start + row * inputs).update(from: $0, count: inputs) }
      }
    }
  }

  /// Lends one row in float32.
  func withRow(_ row: Int, _ body: (UnsafePointer<Float>) -> Void) {
    guard let scales else {
      tensor.widenedRows([row]).withElements { if let start = $0.baseAddress { body(start) } }
      return
    }
    Scratch.with(floats: inputs) { floats in
      tensor.withBytes { bytes in
        for group in 0..<groups.count {
          let scale = scales.withElements { $0[row * groups.count + group] }
          for i in groups.range(group, of: inputs) {
            floats[i] = scale * Float(Int8(bitPattern: bytes[row * inputs + i]))
          }
        }
      }
      body(floats)
    }
  }

  /// Writes the signed bytes of one row; gives the scale of each group.
  func quantizeRow(
    _ row: Int, into out: UnsafeMutableRawPointer, _ group: (_ index: Int, _ scale: Float) -> Void
  ) {
    if let scales {
      tensor.withBytes { bytes in
        if let start = bytes.baseAddress {
          out.copyMemory(from: start + row * inputs, byteCount: inputs)
        }
      }
      scales.withElements {
        for index in 0..<groups.count { group(index, $0[row * groups.count + index]) }
      }
      return
    }
    let quantize = KernelTable.active.quantizeSymmetric
    withRow(row) { x in
      for index in 0..<groups.count {
        let numbers = groups.range(index, of: inputs)
        group(index, quantize(x + numbers.lowerBound, out + numbers.lowerBound, numbers.count))
      }
    }
  }
}
