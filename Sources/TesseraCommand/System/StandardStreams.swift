import Foundation
import Synchronization
import TesseraFiles

/// Notes and errors; results never go there.
enum StandardError {
  /// Whether only errors are said.
  static let isQuiet = Atomic<Bool>(false)

  private static let isTerminal =
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  /// Whether a line stands there that is written over by the next.
  private static let hasOpenLine = Atomic<Bool>(false)

  /// An error.
  static func write(_ line: String) {
    rewrite("")
    write(text: line.spellingControls + "\n")
  }

  /// What is good to know.
  static func note(_ text: String) {
    if !isQuiet.load(ordering: .relaxed) { write("note: \(text)") }
  }

  /// Whether `rewrite` shows anything: a file or a pipe gets none of it.
  static var showsProgress: Bool { isTerminal && !isQuiet.load(ordering: .relaxed) }

  /// What asks for a line, where somebody sees it.
  static func prompt(_ text: String) { if isTerminal { write(text: text) } }

  /// Writes a line over the one that it wrote before, to say how far a run is; an empty line leaves
  /// nothing of it. There are no colours here, nor anywhere else.
  static func rewrite(_ line: String) {
    guard showsProgress, hasOpenLine.exchange(!line.isEmpty, ordering: .relaxed) || !line.isEmpty
    else { return }
    write(text: "\r\u{1B}[K" + line)
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
