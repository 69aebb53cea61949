import Foundation
import TesseraCheckpoints

/// Tells standard error how far a conversion is: one line rewritten on a terminal, a line each
/// quarter elsewhere.
package struct Progress {
  private let tensorCount: Int
  private let byteCount: Int
  private let isQuiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var tensor = ""
  private var tensorsBegun = 0
  private var bytesWritten = 0
  private var quartersShown = 0
  private var lastShown: ContinuousClock.Instant?

  /// Frequent enough to look alive, rare enough to cost nothing.
  private static let interval = Duration.milliseconds(100)

  init(tensorCount: Int, byteCount: Int, isQuiet: Bool) {
    self.tensorCount = tensorCount
    self.byteCount = byteCount
    self.isQuiet = isQuiet
  }

  mutating func wrote(_ count: Int, of name: String) {
    if name != tensor { tensorsBegun += 1 }
    tensor = name
    bytesWritten += count
    guard !isQuiet else { return }
    if isTerminal {
      let now = ContinuousClock.now
      if let lastShown, now - lastShown < Self.interval { return }
      lastShown = now
      Self.note("\r\u{1B}[K" + line)
    } else {
      let quarters = Int(Double(bytesWritten) / Double(max(1, byteCount)) * 4)
      guard quarters > quartersShown else { return }
      quartersShown = quarters
      Self.note(line + "\n")
    }
  }

  /// Removes the rewritten line.
  func clear() {
    if isTerminal, !isQuiet { Self.note("\r\u{1B}[K") }
  }

  private var line: String {
    "\(tensorsBegun)/\(tensorCount) \(tensor.printable(limit: 40)) "
      + "\(Self.megabytes(bytesWritten)) of \(Self.megabytes(byteCount))"
  }

  static func megabytes(_ bytes: Int) -> String { "\((bytes + 500_000) / 1_000_000) MB" }

  /// Writes to standard error; that nobody may read it is no reason to stop.
  package static func note(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
