import Foundation

/// How far an index is: on a terminal, a line that is written over.
final class IndexProgress {
  private let start = ContinuousClock.now
  private var last = ContinuousClock.now - .seconds(1)

  func show(done: Int, total: Int, encoded: Int, of things: String) {
    let now = ContinuousClock.now
    guard StandardError.showsProgress, now - last > .milliseconds(100), done > 0 else { return }
    last = now
    let seconds = Double((now - start).components.seconds) + 1e-3
    let left = Int(seconds / Double(done) * Double(total - done))
    let rate = Decimals.text(Float(Double(encoded) / seconds), digits: 1, width: 0)
    let minutes = "\(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60)"
    StandardError.rewrite("\(done) of \(total) \(things), \(rate) items/s, \(minutes) left")
  }

  /// Files that were read, and items of them that were encoded.
  func show(done: Int, total: Int, encoded: Int) {
    show(done: done, total: total, encoded: encoded, of: "files")
  }

  func report(_ message: String) {
    StandardError.rewrite("")
    StandardError.write("error: \(message)")
  }

  func note(_ message: String) {
    StandardError.rewrite("")
    StandardError.note(message)
  }

  func end() { StandardError.rewrite("") }
}
