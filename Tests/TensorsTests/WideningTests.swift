import TesseraTensors
import Testing

@Suite struct WideningTests {
  /// Bytes at an odd address too, since nothing aligns tensors in a checkpoint.
  private func stored(_ dtype: DType, _ bytes: [UInt8], shape: [Int], offset: Int) -> StoredTensor {
    let storage = TensorStorage(byteCount: bytes.count + offset) {
      $0.copyBytes(from: [UInt8](repeating: 0xAA, count: offset) + bytes)
    }
    return StoredTensor(dtype: dtype, shape: shape, storage: storage, byteOffset: offset)
  }

  @Test(arguments: [0, 1]) func `every half widens exactly`(offset: Int) {
    let halves = (0...UInt16.max).map { $0 }
    let bytes = halves.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let wide = stored(.f16, bytes, shape: [halves.count], offset: offset).widened().elements
    for (half, value) in zip(halves, wide) {
      let expected = Float(Float16(bitPattern: half))
      if expected.isNaN {
        #expect(value.isNaN)
      } else {
        #expect(value.bitPattern == expected.bitPattern, "half \(half)")
      }
    }
  }

  @Test func `every bfloat16 is the upper half of a float`() {
    let bytes = (0...UInt16.max).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let wide = stored(.bf16, bytes, shape: [65536], offset: 0).widened().elements
    for (i, value) in wide.enumerated() {
      #expect(value.bitPattern == UInt32(i) << 16)
    }
  }

  @Test(arguments: [0, 2, 4]) func `float32 is read at any address`(offset: Int) {
    let values: [Float] = [1.5, -2.25, Float(bitPattern: 7)]
    let bytes = values.flatMap { v in
      (0..<4).map { UInt8(truncatingIfNeeded: v.bitPattern >> (8 * $0)) }
    }
    #expect(stored(.f32, bytes, shape: [3], offset: offset).widened().elements == values)
  }

  @Test func `chosen rows are widened`() {
    let halves: [Float16] = [1, 2, 3, 4, 5, 6]
    let bytes = halves.flatMap { [UInt8($0.bitPattern & 0xFF), UInt8($0.bitPattern >> 8)] }
    let table = stored(.f16, bytes, shape: [3, 2], offset: 0)
    #expect(table.widenedRows([2, 0, 2]).elements == [5, 6, 1, 2, 5, 6])
  }
}
