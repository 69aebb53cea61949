import TesseraKernels

extension StoredTensor {
  /// The tensor in float32.
  ///
  /// F16 and BF16 widen exactly; F32 is shared where its address allows; F64 is rounded, as
  /// PyTorch's `load_state_dict` does.
  /// - Precondition: the dtype is one of these.
  package func widened() -> Tensor {
    if let shared = Tensor(sharing: self) { return shared }
    return Tensor(shape: shape) { out in
      withBytes { widen($0, as: dtype, into: out) }
    }
  }

  /// Rows of a matrix in float32, in the order of `indices`: [rows, C] → [indices.count, C].
  ///
  /// Only these rows are read: an embedding table of 250,002 rows stays in its file.
  package func widenedRows(_ indices: some Collection<Int>) -> Tensor {
    precondition(shape.count == 2, "rows of a \(shape) tensor")
    let width = shape[1]
    return Tensor(shape: [indices.count, width]) { out in
      withBytes { bytes in
        let rowBytes = width * dtype.byteCount
        for (i, index) in indices.enumerated() {
          precondition((0..<shape[0]).contains(index), "row \(index) of a \(shape) tensor")
          widen(
            UnsafeRawBufferPointer(rebasing: bytes[index * rowBytes..<(index + 1) * rowBytes]),
            as: dtype, into: UnsafeMutableBufferPointer(rebasing: out[i * width..<(i + 1) * width]))
        }
      }
    }
  }
}

/// Widens little-endian elements, aligned or not.
func widen(
  _ bytes: UnsafeRawBufferPointer, as dtype: DType, into out: UnsafeMutableBufferPointer<Float>
) {
  guard let target = out.baseAddress, let source = bytes.baseAddress else { return }
  switch dtype {
  case .f32:
    UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
  case .bf16: KernelTable.active.widenBF16(source, target, out.count)
  case .f16: KernelTable.active.widenF16(source, target, out.count)
  case .f64:
    for i in out.indices {
      out[i] = Float(source.loadUnaligned(fromByteOffset: i * 8, as: Double.self))
    }
  default:
    preconditionFailure("\(dtype) does not widen to float32")
  }
}
