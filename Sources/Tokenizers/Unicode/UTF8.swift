/// A Unicode scalar value as a number.
///
/// Tables index by it, so `Unicode.Scalar` would only be wrapped and unwrapped.
typealias ScalarValue = UInt32

/// Reading and writing UTF-8 that is known to be valid, as a Swift string's always is.
extension [UInt8] {
  /// The scalar at `offset`, which must be its first byte, and the number of its bytes.
  @inline(__always)
  func scalar(at offset: Int) -> (value: ScalarValue, length: Int) {
    let first = ScalarValue(self[offset])
    switch first {
    case 0..<0x80:
      return (first, 1)
    case 0x80..<0xE0:
      return ((first & 0x1F) << 6 | continuation(offset + 1), 2)
    case 0xE0..<0xF0:
      return (
        (first & 0x0F) << 12 | continuation(offset + 1) << 6 | continuation(offset + 2), 3
      )
    default:
      return (
        (first & 0x07) << 18 | continuation(offset + 1) << 12 | continuation(offset + 2) << 6
          | continuation(offset + 3), 4
      )
    }
  }

  @inline(__always)
  private func continuation(_ offset: Int) -> ScalarValue { ScalarValue(self[offset] & 0x3F) }

  /// The first byte of the scalar that ends before `offset`.
  func startOfScalar(before offset: Int) -> Int {
    var start = offset - 1
    while isContinuation(start) { start -= 1 }
    return start
  }

  func isContinuation(_ offset: Int) -> Bool { self[offset] & 0xC0 == 0x80 }

  @inline(__always)
  mutating func append(scalar: ScalarValue) {
    switch scalar {
    case 0..<0x80:
      append(UInt8(truncatingIfNeeded: scalar))
    case 0x80..<0x800:
      append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
      append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    case 0x800..<0x10000:
      append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
      append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
      append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    default:
      append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
      append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
      append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
      append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    }
  }

  func scalarCount(in range: Range<Int>) -> Int {
    var count = 0
    for offset in range where !isContinuation(offset) { count += 1 }
    return count
  }
}
