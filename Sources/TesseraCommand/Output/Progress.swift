import Foundation

/// Says on a terminal how far a run is: how many items, how fast, how long it will take. Runs of
/// less than two seconds say nothing, nor does anything where standard error is no terminal.
final class Progress {
  private let verb: String
  private let total: Int?
  private let share: () -> Double?
  private let start = ContinuousClock.now
  private var done = 0
  private var lastShown: ContinuousClock.Instant?

  private static let delay = Duration.seconds(2)
  /// Often enough to look alive.
  private static let interval = Duration.milliseconds(200)

  /// - Parameters:
  ///   - verb: "encoded".
  ///   - total: how many there are, if that is known.
  ///   - share: how much is done, from 0 to 1, where the number of items is not known.
  init(_ verb: String, total: Int?, share: @escaping () -> Double? = { nil }) {
    self.verb = verb
    self.total = total
    self.share = share
  }

  convenience init(_ verb: String, of source: ItemSource) {
    self.init(verb, total: source.count) { source.shareDone }
  }

  deinit { end() }

  func advance(by count: Int = 1) {
    done += count
    guard StandardError.showsProgress else { return }
    let now = ContinuousClock.now
    guard now - start >= Self.delay, lastShown.map({ now - $0 >= Self.interval }) ?? true else {
      return
    }
    lastShown = now
    StandardError.rewrite(line(after: (now - start) / .seconds(1)))
  }

  /// Removes the line.
  func end() { if lastShown != nil { StandardError.rewrite("") } }

  /// - Parameter seconds: since the start.
  func line(after seconds: Double) -> String {
    let rate = Double(done) / max(seconds, 0.001)
    var line = "\(verb) \(done)" + (total.map { " of \($0)" } ?? "")
    line += rate < 10 ? String(format: ", %.1f/s", rate) : String(format: ", %.0f/s", rate)
    let share = total.map { Double(done) / Double(max(1, $0)) } ?? share()
    if let share, share > 0, share <= 1 {
      line += ", \(Self.clock(seconds / share - seconds)) left"
    }
    return line
  }

  /// 1:05, or 2:03:09.
  private static func clock(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(.up), 359_999))
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, rest)
      : String(format: "%d:%02d", minutes, rest)
  }
}
