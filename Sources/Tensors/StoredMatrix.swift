import Kernels

/// The weights of a linear layer as a checkpoint holds them: floating-point numbers, or bytes with a
/// scale for each row.
package struct StoredMatrix: Sendable {
  /// [outputs, inputs]
  package let tensor: StoredTensor
  /// Of I8: [outputs]; a weight is its byte times the scale.
  package let scales: Tensor?

  /// - Precondition: a matrix of floating-point numbers, or of I8 with scales.
  package init(_ tensor: StoredTensor, scales: Tensor? = nil) {
    precondition(
      tensor.shape.count == 2 && tensor.shape[1] > 0 && (tensor.dtype == .i8) == (scales != nil)
        && (scales.map { $0.shape == [tensor.shape[0]] } ?? tensor.dtype.isFloatingPoint),
      "a matrix of \(tensor.dtype) \(tensor.shape) with scales \(scales?.shape ?? [])")
    self.tensor = tensor
    self.scales = scales
  }

  package var outputs: Int { tensor.shape[0] }
  package var inputs: Int { tensor.shape[1] }

  /// Quantised for `Precision.int8`: symmetric, each row's largest magnitude becoming 127.
  package func quantized() -> StoredMatrix {
    guard tensor.dtype != .i8 else { return self }
    var scales: [Float] = []
    let bytes = TensorStorage(byteCount: outputs * inputs) { out in
      guard let start = out.baseAddress else { return }
      scales = Parallel.map(outputs) { quantizeRow($0, into: start + $0 * inputs) }
    }
    return StoredMatrix(
      StoredTensor(dtype: .i8, shape: tensor.shape, storage: bytes),
      scales: Tensor(scales, shape: [outputs]))
  }

  /// In float32.
  package func widened() -> Tensor {
    guard tensor.dtype == .i8 else { return tensor.widened() }
    return Tensor(shape: tensor.shape) { out in
      for row in 0..<outputs {
        withRow(row) { source in
          for i in 0..<inputs { out[row * inputs + i] = source[i] }
        }
      }
    }
  }

  /// Lends one row in float32.
  func withRow(_ row: Int, _ body: (UnsafePointer<Float>) -> Void) {
    if let scales {
      tensor.withBytes { bytes in
        let scale = scales.elements[row]
        let floats = bytes[row * inputs..<(row + 1) * inputs].map {
          Float(Int8(bitPattern: $0)) * scale
        }
        floats.withUnsafeBufferPointer { if let start = $0.baseAddress { body(start) } }
      }
    } else {
      tensor.widenedRows([row]).withElements { if let start = $0.baseAddress { body(start) } }
    }
  }

  /// Writes the signed bytes of one row; gives their scale.
  func quantizeRow(_ row: Int, into out: UnsafeMutableRawPointer) -> Float {
    if let scales {
      tensor.withBytes { bytes in
        if let start = bytes.baseAddress {
          out.copyMemory(from: start + row * inputs, byteCount: inputs)
        }
      }
      return scales.withElements { $0[row] }
    }
    var scale: Float = 0
    withRow(row) { scale = KernelTable.active.quantizeSymmetric($0, out, inputs) }
    return scale
  }
}
