#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a file, mapped read-only for as long as this lives.
///
/// `@unchecked Sendable` is sound because the memory is only read.
package final class MappedFile: @unchecked Sendable {
  package let bytes: UnsafeRawBufferPointer
  /// The file stays open; nil where it is empty, and nothing is mapped.
  private let descriptor: Int32?

  /// Maps a whole file, whose pages are read when first touched, and may be dropped again.
  ///
  /// - Throws: `FileError` naming the path and the system's reason.
  package init(_ path: String) throws {
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
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      descriptor = nil
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED else {
      throw FileError(path: path, operation: "map", code: errno)
    }
    isKept = true
    bytes = UnsafeRawBufferPointer(start: start, count: count)
    descriptor = file
  }

  deinit {
    guard let descriptor else { return }
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    close(descriptor)
  }

  /// Copies bytes by reading the file rather than touching its pages.
  ///
  /// For what is needed once, the system then neither maps pages nor unmaps them, and the bytes
  /// stand in the nearest cache.
  package func copyBytes(_ range: Range<Int>, into out: UnsafeMutableRawPointer) {
    guard let start = bytes.baseAddress, let descriptor else { return }
    var done = 0
    while done < range.count {
      let count = pread(descriptor, out + done, range.count - done, off_t(range.lowerBound + done))
      guard count > 0 else { break }
      done += count
    }
    // A file that cannot be read answers for itself when it is touched.
    (out + done).copyMemory(
      from: start + range.lowerBound + done, byteCount: range.count - done)
  }

  /// Lets pages leave memory; they are read again when next touched.
  package func releasePages(_ range: Range<Int>) {
    guard let start = bytes.baseAddress else { return }
    let range = range.clamped(to: 0..<bytes.count)
    let lower = range.lowerBound / Self.pageSize * Self.pageSize
    // A failure costs memory, not correctness.
    madvise(
      UnsafeMutableRawPointer(mutating: start + lower), range.upperBound - lower, MADV_DONTNEED)
  }

  private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
}
