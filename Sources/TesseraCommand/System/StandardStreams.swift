import Foundation

/// Notes and errors; results never go there.
enum StandardError {
  static func write(_ line: String) { write(text: line + "\n") }

  static let isTerminal = isatty(STDERR_FILENO) == 1

  /// Writes a line over the one that it wrote before, to say how far a run is; an empty line leaves
  /// nothing of it. A file or a pipe gets none of this.
  static func rewrite(_ line: String) {
    if isTerminal { write(text: "\r\u{1B}[K" + line) }
  }

  /// Where nobody can read a message, the run goes on without it.
  private static func write(text: String) {
    let bytes = Array(text.utf8)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count)
      }
      if count < 0 {
        guard Polling.mayRetry(STDERR_FILENO, POLLOUT) else { return }
      } else {
        rest = rest.dropFirst(count)
      }
    }
  }
}

enum StandardStreams {
  /// Puts a stand-in, which fails as a closed stream does, where a standard stream is closed:
  /// otherwise the next file opened gets its number, and messages go into the results.
  static func reserve() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ] where fcntl(descriptor, F_GETFD) < 0 {
      // The system gives the lowest number that is free, which is this one.
      _ = open("/dev/null", mode)
    }
  }
}
