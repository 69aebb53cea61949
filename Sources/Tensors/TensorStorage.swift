#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes that tensors share: owned memory, or a file mapped read-only.
///
/// `@unchecked Sendable` is sound because memory is written only by the initialiser's closure,
/// before anybody else can hold the reference; afterwards it is only read.
package final class TensorStorage: @unchecked Sendable {
  package let bytes: UnsafeRawBufferPointer
  private let release: Release

  private enum Release {
    case free, nothing
    /// Part of a slab, which goes with its last part.
    case share(Slab)
    /// A mapped file, which stays open.
    case unmap(file: Int32)
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
    case .unmap(let file):
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
      close(file)
    case .nothing, .share: break
    }
  }

  /// Maps a whole file, whose pages are read when first touched, and may be dropped again.
  ///
  /// - Throws: `FileError` naming the path and the system's reason.
  package static func map(_ path: String) throws -> TensorStorage {
    // Without O_NONBLOCK, a named pipe would block here for ever.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    var isKept = false
    defer { if !isKept { close(file) } }
    var status = stat()
    guard fstat(file, &status) == 0 else {
      throw FileError(path: path, operation: "read the size of", code: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(
        path: path, operation: "map", code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
    }
    let count = Int(status.st_size)
    guard count > 0 else {
      return TensorStorage(UnsafeRawBufferPointer(start: nil, count: 0), release: .nothing)
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED else {
      throw FileError(path: path, operation: "map", code: errno)
    }
    isKept = true
    return TensorStorage(
      UnsafeRawBufferPointer(start: start, count: count), release: .unmap(file: file))
  }

  /// Copies bytes.
  ///
  /// Those of a file are read rather than touched: for what is needed once, the system then neither
  /// maps their pages nor unmaps them, and they stand in the nearest cache.
  func copyBytes(_ range: Range<Int>, into out: UnsafeMutableRawPointer) {
    guard let start = bytes.baseAddress else { return }
    var done = 0
    if case .unmap(let file) = release {
      while done < range.count {
        let count = pread(file, out + done, range.count - done, off_t(range.lowerBound + done))
        guard count > 0 else { break }
        done += count
      }
    }
    // A file that cannot be read answers for itself when it is touched.
    (out + done).copyMemory(
      from: start + range.lowerBound + done, byteCount: range.count - done)
  }

  /// Lets the pages of a mapped file leave memory; they are read again when next touched.
  ///
  /// A program that passes over a checkpoint once stays small by it. Owned memory is untouched.
  package func releasePages(_ range: Range<Int>) {
    guard case .unmap = release, let start = bytes.baseAddress else { return }
    let range = range.clamped(to: 0..<bytes.count)
    let lower = range.lowerBound / Self.pageSize * Self.pageSize
    // A failure costs memory, not correctness.
    madvise(
      UnsafeMutableRawPointer(mutating: start + lower), range.upperBound - lower, MADV_DONTNEED)
  }

  private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
}

/// A system call on a file that failed.
package struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  package let path: String
  package let operation: String
  package let code: Int32

  package init(path: String, operation: String, code: Int32) {
    self.path = path
    self.operation = operation
    self.code = code
  }

  package var description: String {
    "cannot \(operation) \(path): \(String(cString: strerror(code)))"
  }
}
