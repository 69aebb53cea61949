import Foundation
import TesseraCheckpoints
import TesseraFiles

/// Tells a terminal how far a conversion is, once it takes longer than two seconds: tensors, bytes,
/// how fast, and how long it will take. A file or a pipe gets none of it.
struct Progress {
  private let tensorCount: Int
  private let byteCount: Int
  private let isShown: Bool
  private let start = ContinuousClock.now
  private var tensor = ""
  private var tensorsBegun = 0
  private var bytesWritten = 0
  private var lastShown: ContinuousClock.Instant?

  private static let delay = Duration.seconds(2)
  /// Frequent enough to look alive, rare enough to cost nothing.
  private static let interval = Duration.milliseconds(100)

  init(tensorCount: Int, byteCount: Int, isQuiet: Bool) {
    self.tensorCount = tensorCount
    self.byteCount = byteCount
    let isDumb = ProcessInfo.processInfo.environment["TERM"] == "dumb"
    isShown = !isQuiet && !isDumb && isatty(STDERR_FILENO) == 1
  }

  mutating func wrote(_ count: Int, of name: String) {
    if name != tensor { tensorsBegun += 1 }
    tensor = name
    bytesWritten += count
    guard isShown else { return }
    let now = ContinuousClock.now
    guard now - start >= Self.delay, lastShown.map({ now - $0 >= Self.interval }) ?? true else {
      return
    }
    lastShown = now
    Self.note("\r\u{1B}[K" + line(after: (now - start) / .seconds(1)))
  }

  /// Removes the rewritten line.
  func clear() {
    if lastShown != nil { Self.note("\r\u{1B}[K") }
  }

  /// - Parameter seconds: since the start.
  func line(after seconds: Double) -> String {
    let left = Int(
      (seconds * Double(byteCount - bytesWritten) / Double(max(1, bytesWritten))).rounded(.up))
    return "\(tensorsBegun)/\(tensorCount) \(tensor.printable(limit: 40)) "
      + "\(Self.megabytes(bytesWritten)) of \(Self.megabytes(byteCount)), "
      + "\(Self.megabytes(Int(Double(bytesWritten) / max(seconds, 0.001))))/s, "
      + String(format: "%d:%02d left", left / 60, left % 60)
  }

  static func megabytes(_ bytes: Int) -> String { "\((bytes + 500_000) / 1_000_000) MB" }

  /// Writes to standard error; that nobody may read it is no reason to stop.
  static func note(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
