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
private func widen(
  _ bytes: UnsafeRawBufferPointer, as dtype: DType, into out: UnsafeMutableBufferPointer<Float>
) {
  guard let target = out.baseAddress, let source = bytes.baseAddress else { return }
  switch dtype {
  case .f32:
    UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
  case .bf16:
    widenVectors(source, out) { SIMD8<UInt32>(truncatingIfNeeded: $0) &<< 16 }
  case .f16:
    widenVectors(source, out, bitsOfHalf)
  case .f64:
    for i in out.indices {
      out[i] = Float(source.loadUnaligned(fromByteOffset: i * 8, as: Double.self))
    }
  default:
    preconditionFailure("\(dtype) does not widen to float32")
  }
}

/// Applies a conversion of eight 16-bit patterns to eight 32-bit ones.
@inline(__always)
private func widenVectors(
  _ source: UnsafeRawPointer, _ out: UnsafeMutableBufferPointer<Float>,
  _ convert: (SIMD8<UInt16>) -> SIMD8<UInt32>
) {
  let count = out.count
  guard let target = out.baseAddress.map(UnsafeMutableRawPointer.init) else { return }
  var i = 0
  while i + 8 <= count {
    let halves = source.loadUnaligned(fromByteOffset: i * 2, as: SIMD8<UInt16>.self)
    target.storeBytes(of: convert(halves), toByteOffset: i * 4, as: SIMD8<UInt32>.self)
    i += 8
  }
  while i < count {
    let half = source.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self)
    out[i] = Float(bitPattern: convert(SIMD8(repeating: half))[0])
    i += 1
  }
}

/// IEEE 754 binary16 to binary32, without the conversion instruction that old CPUs lack.
///
/// The exponent and fraction move into place; multiplying by 2^112 corrects the bias and
/// normalises subnormals, exactly. Infinities and NaNs keep an exponent of all ones.
@inline(__always)
private func bitsOfHalf(_ halves: SIMD8<UInt16>) -> SIMD8<UInt32> {
  let wide = SIMD8<UInt32>(truncatingIfNeeded: halves)
  let sign = (wide & 0x8000) &<< 16
  let magnitude = (wide & 0x7FFF) &<< 13
  let rebiased = unsafeBitCast(magnitude, to: SIMD8<Float>.self) * 0x1p112
  let finite = unsafeBitCast(rebiased, to: SIMD8<UInt32>.self)
  let special = magnitude | 0x7F80_0000
  return finite.replacing(with: special, where: (wide & 0x7C00) .== 0x7C00) | sign
}
