import Synchronization

/// Memory of tensors that are gone, kept for those to come.
///
/// A forward pass asks for the same sizes over and over. The system would map and unmap each large
/// one, and clear its pages every time.
enum MemoryPool {
  /// Smaller requests go to the system's allocator, which serves them well.
  private static let smallest = 1 << 12
  /// Bytes that are kept at most.
  private static let limit = 256 << 20

  private struct State: ~Copyable {
    /// Addresses of free blocks by their size, the last freed at the end.
    var free: [Int: [UInt]] = [:]
    var freeBytes = 0
  }

  private static let state = Mutex(State())

  /// - Returns: at least `byteCount` bytes on the alignment of `TensorStorage`.
  static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let size = blockSize(byteCount)
    if size >= smallest {
      let address = state.withLock { state -> UInt? in
        guard let address = state.free[size]?.popLast() else { return nil }
        state.freeBytes -= size
        return address
      }
      if let start = address.flatMap(UnsafeMutableRawPointer.init(bitPattern:)) { return start }
    }
    guard size >= LargePages.byteCount else {
      return .allocate(byteCount: size, alignment: TensorStorage.alignment)
    }
    let start = UnsafeMutableRawPointer.allocate(
      byteCount: size, alignment: LargePages.byteCount)
    LargePages.advise(start, size)
    return start
  }

  /// - Parameter byteCount: as it was asked for.
  static func deallocate(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {
    let size = blockSize(byteCount)
    guard size >= smallest && size <= limit else {
      start.deallocate()
      return
    }
    let address = UInt(bitPattern: start)
    let dropped = state.withLock { state -> [UInt] in
      var dropped: [UInt] = []
      if state.freeBytes + size > limit {
        // Other sizes are in use now; starting afresh is simple, and seldom.
        dropped = state.free.values.flatMap { $0 }
        state.free = [:]
        state.freeBytes = 0
      }
      state.free[size, default: []].append(address)
      state.freeBytes += size
      return dropped
    }
    for address in dropped { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() }
  }

  /// Large sizes are rounded up to an eighth of their power of two, so that texts of similar
  /// lengths share blocks.
  private static func blockSize(_ byteCount: Int) -> Int {
    guard byteCount >= smallest else { return byteCount }
    let step = 1 << (Int.bitWidth - byteCount.leadingZeroBitCount - 4)
    return (byteCount + step - 1) & ~(step - 1)
  }
}

/// Memory for the length of a call.
enum Scratch {
  static func with<Result>(
    floats count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> Result
  ) rethrows -> Result {
    let byteCount = max(count, 1) * MemoryLayout<Float>.stride
    let start = MemoryPool.allocate(byteCount)
    defer { MemoryPool.deallocate(start, byteCount) }
    return try body(start.assumingMemoryBound(to: Float.self))
  }
}
