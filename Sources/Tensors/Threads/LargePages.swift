import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory in pages of 2 MB, where the system has them.
///
/// A pass reads all weights once, and every 4 kB of them would be another page to look up: with
/// large pages a short text takes up to a tenth less time.
enum LargePages {
  static let byteCount = 2 << 20

  /// Asks for large pages in a range; without them it works too, more slowly.
  static func advise(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {
    #if os(Linux)
      madvise(start, byteCount, MADV_HUGEPAGE)
    #endif
  }
}

/// A stretch of large pages that long-lived blocks are cut from, one behind the other.
///
/// Each block holds on to its slab, which goes when the last of them does.
final class Slab: Sendable {
  /// Where the system's region begins, on any page.
  private let region: UInt
  private let byteCount: Int
  /// Bytes that are given away, from the region's first large page on.
  private let used = Mutex(0)

  /// What one slab takes at least: a model's matrices then follow one another without gaps.
  private static let leastByteCount = 32 << 20
  /// The slab that has room left.
  private static let current = Mutex<Slab?>(nil)

  /// Nil if the system has no memory left.
  private init?(byteCount: Int) {
    self.byteCount = byteCount.roundedUp(to: LargePages.byteCount) + LargePages.byteCount
    guard
      let start = mmap(
        nil, self.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      start != MAP_FAILED
    else { return nil }
    region = UInt(bitPattern: start)
    LargePages.advise(start, self.byteCount)
  }

  deinit { munmap(UnsafeMutableRawPointer(bitPattern: region), byteCount) }

  /// A block on the alignment of `TensorStorage`, and the slab that it belongs to.
  ///
  /// Nil if the system has no memory left.
  static func allocate(_ byteCount: Int) -> (slab: Slab, block: UnsafeMutableRawBufferPointer)? {
    current.withLock { current in
      if let slab = current, let block = slab.cut(byteCount) { return (slab, block) }
      guard let slab = Slab(byteCount: max(byteCount, leastByteCount)),
        let block = slab.cut(byteCount)
      else { return nil }
      current = slab
      return (slab, block)
    }
  }

  private func cut(_ byteCount: Int) -> UnsafeMutableRawBufferPointer? {
    let size = byteCount.roundedUp(to: TensorStorage.alignment)
    let first = region.roundedUp(to: UInt(LargePages.byteCount))
    return used.withLock { used in
      let start = first + UInt(used)
      guard start + UInt(size) <= region + UInt(self.byteCount) else { return nil }
      used += size
      return UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: start), count: byteCount)
    }
  }
}

extension BinaryInteger {
  /// The next multiple.
  func roundedUp(to multiple: Self) -> Self { (self + multiple - 1) / multiple * multiple }
}
