import TesseraFiles

/// Bytes that tensors share: owned memory, or a file mapped read-only.
///
/// `@unchecked Sendable` is sound because memory is written only by the initialiser's closure,
/// before anybody else can hold the reference; afterwards it is only read.
package final class TensorStorage: @unchecked Sendable {
  package let bytes: UnsafeRawBufferPointer
  private let release: Release

  private enum Release {
    case free
    /// Part of a slab, which goes with its last part.
    case share(Slab)
    /// A mapped file, which goes with its last reference.
    case file(MappedFile)
  }

  /// Cache lines, and the widest vector registers, are 64 bytes.
  package static let alignment = 64

  /// Allocates `byteCount` bytes, which `initialize` must fill.
  package init(byteCount: Int, initialize: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows
  {
    precondition(byteCount >= 0, "byteCount is \(byteCount)")
    let start = MemoryPool.allocate(byteCount)
    do {
      try initialize(UnsafeMutableRawBufferPointer(start: start, count: byteCount))
    } catch {
      MemoryPool.deallocate(start, byteCount)
      throw error
    }
    bytes = UnsafeRawBufferPointer(start: start, count: byteCount)
    release = .free
  }

  /// Allocates bytes that are to stay, in large pages where they are many.
  package convenience init(
    longLived byteCount: Int, initialize: (UnsafeMutableRawBufferPointer) throws -> Void
  ) rethrows {
    guard byteCount >= Self.leastInSlab, let (slab, block) = Slab.allocate(byteCount) else {
      try self.init(byteCount: byteCount, initialize: initialize)
      return
    }
    try initialize(block)
    self.init(UnsafeRawBufferPointer(block), release: .share(slab))
  }

  /// Smaller blocks would only fill up the slab of a larger model.
  private static let leastInSlab = 1 << 16

  private init(_ bytes: UnsafeRawBufferPointer, release: Release) {
    self.bytes = bytes
    self.release = release
  }

  deinit {
    switch release {
    case .free:
      if let start = bytes.baseAddress {
        MemoryPool.deallocate(UnsafeMutableRawPointer(mutating: start), bytes.count)
      }
    case .file, .share: break
    }
  }

  /// A file's own bytes.
  package convenience init(_ file: MappedFile) {
    self.init(file.bytes, release: .file(file))
  }

  /// Copies bytes; those of a file are read rather than touched.
  func copyBytes(_ range: Range<Int>, into out: UnsafeMutableRawPointer) {
    if case .file(let file) = release {
      file.copyBytes(range, into: out)
    } else if let start = bytes.baseAddress {
      out.copyMemory(from: start + range.lowerBound, byteCount: range.count)
    }
  }

  /// Lets the pages of a mapped file leave memory; they are read again when next touched.
  ///
  /// A program that passes over a checkpoint once stays small by it. Owned memory is untouched.
  package func releasePages(_ range: Range<Int>) {
    if case .file(let file) = release { file.releasePages(range) }
  }
}
