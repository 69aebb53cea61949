import TesseraTensors

/// Numbers of one type behind one another, in memory or in a mapped file.
package struct StoredNumbers<Number: BitwiseCopyable & Sendable>: Sendable {
  private let storage: TensorStorage
  private let byteOffset: Int
  package let count: Int

  /// Reads `count` numbers where they lie, which is in `storage` from a byte on.
  package init(_ storage: TensorStorage, byteOffset: Int = 0, count: Int) {
    precondition(
      byteOffset >= 0 && count >= 0
        && byteOffset + count * MemoryLayout<Number>.stride <= storage.bytes.count,
      "\(count) numbers from byte \(byteOffset) of \(storage.bytes.count)")
    precondition(
      (Int(bitPattern: storage.bytes.baseAddress) + byteOffset)
        .isMultiple(of: MemoryLayout<Number>.alignment),
      "numbers from byte \(byteOffset) are not aligned")
    self.storage = storage
    self.byteOffset = byteOffset
    self.count = count
  }

  /// Allocates `count` numbers, which `initialize` must fill.
  package init(
    count: Int, initialize: (UnsafeMutableBufferPointer<Number>) throws -> Void
  ) rethrows {
    let storage = try TensorStorage(byteCount: count * MemoryLayout<Number>.stride) {
      try initialize($0.bindMemory(to: Number.self))
    }
    self.init(storage, count: count)
  }

  /// Lends the numbers.
  package func withNumbers<Result>(
    _ body: (UnsafeBufferPointer<Number>) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(storage) {
      let bytes = UnsafeRawBufferPointer(rebasing: storage.bytes[byteOffset...])
      return try body(
        UnsafeBufferPointer(rebasing: bytes.assumingMemoryBound(to: Number.self)[..<count]))
    }
  }
}
