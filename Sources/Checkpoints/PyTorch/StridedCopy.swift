/// Copies a strided tensor in row-major order.
///
/// - Parameters:
///   - source: begins at the tensor's first element and holds all that the strides reach.
///   - info: the tensor's dtype and shape.
///   - strides: in elements, one a dimension.
///   - target: `info.byteCount` bytes.
func copyStrided(
  from source: UnsafeRawBufferPointer, _ info: TensorInfo, strides: [Int],
  into target: UnsafeMutableRawBufferPointer
) {
  switch info.dtype.byteCount {
  case 1: copyStrided(UInt8.self, from: source, info.shape, strides, into: target)
  case 2: copyStrided(UInt16.self, from: source, info.shape, strides, into: target)
  case 4: copyStrided(UInt32.self, from: source, info.shape, strides, into: target)
  default: copyStrided(UInt64.self, from: source, info.shape, strides, into: target)
  }
}

private func copyStrided<Bits: FixedWidthInteger>(
  _: Bits.Type, from source: UnsafeRawBufferPointer, _ shape: [Int], _ strides: [Int],
  into target: UnsafeMutableRawBufferPointer
) {
  let size = MemoryLayout<Bits>.size
  let rowLength = shape.last ?? 1
  let rowStride = strides.last ?? 0
  var index = [Int](repeating: 0, count: shape.count)
  var rowStart = 0
  var written = 0
  while written < target.count {
    for column in 0..<rowLength {
      let bits = source.loadUnaligned(
        fromByteOffset: (rowStart + column * rowStride) * size, as: Bits.self)
      target.storeBytes(of: bits, toByteOffset: written, as: Bits.self)
      written += size
    }
    // The next row: the outer dimensions count up like an odometer.
    for dimension in (0..<max(0, shape.count - 1)).reversed() {
      index[dimension] += 1
      rowStart += strides[dimension]
      if index[dimension] < shape[dimension] { break }
      rowStart -= shape[dimension] * strides[dimension]
      index[dimension] = 0
    }
  }
}
