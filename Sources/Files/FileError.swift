#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

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

  /// Whether there is nothing of that name, which is not so where it only could not be looked at.
  package var meansAbsence: Bool { code == ENOENT || code == ENOTDIR }

  package var description: String {
    "cannot \(operation) \(path): \(reason)"
  }

  private var reason: String {
    // What `OpenFile` says of pipes and devices.
    operation == "read" && code == EINVAL
      ? "expected a regular file; found something else" : String(cString: strerror(code))
  }
}
