extension UnsafeRawBufferPointer {
  /// The little-endian integer at `offset`, of any alignment; nil where it would leave the buffer.
  package func littleEndian<Number: FixedWidthInteger>(
    at offset: Int, as type: Number.Type = Number.self
  ) -> Number? {
    let size = MemoryLayout<Number>.size
    guard offset >= 0, count >= size, offset <= count - size else { return nil }
    return Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
  }

  /// Whether `expected` stands at `offset`.
  package func holds(_ expected: StaticString, at offset: Int) -> Bool {
    let size = expected.utf8CodeUnitCount
    guard offset >= 0, count >= size, offset <= count - size else { return false }
    return (0..<size).allSatisfy { self[offset + $0] == expected.utf8Start[$0] }
  }

  /// The text in `range`; nil where it is not valid UTF-8.
  package func text(_ range: Range<Int>) -> String? {
    String(validating: self[range], as: UTF8.self)
  }
}
