import Foundation
import Synchronization
import TesseraHub

/// What is fetched, and on a terminal how far it is: one line with rate and time left.
final class TransferProgress: Sendable {
  private struct State {
    var total = 0
    var done = 0
    /// Bytes that were there when the run began do not count as speed.
    var began: ContinuousClock.Instant?
    var doneAtBegin = 0
    var shown: ContinuousClock.Instant?
  }

  private let state = Mutex(State())
  private static let interval = Duration.milliseconds(200)

  var report: PullReport {
    PullReport(
      note: { note in
        StandardError.rewrite("")
        StandardError.write("note: \(note)")
      },
      advance: { self.advance($0) }, begin: { self.begin($0) })
  }

  private func begin(_ plan: PullPlan) {
    let there = plan.presentBytes > 0 ? ", \(ByteCount(plan.presentBytes)) of it there" : ""
    StandardError.write(
      "note: \(plan.name) at \(plan.listing.commit.prefix(12)): \(plan.files.count) files, "
        + "\(ByteCount(plan.byteCount))\(there)")
    state.withLock { state in
      state.total += plan.byteCount
      state.doneAtBegin += plan.presentBytes
      state.began = .now
    }
  }

  private func advance(_ count: Int) {
    let line: String? = state.withLock { state in
      state.done += count
      guard StandardError.showsProgress, let began = state.began else { return nil }
      let now = ContinuousClock.now
      if let shown = state.shown, now - shown < Self.interval, state.done < state.total {
        return nil
      }
      state.shown = now
      return state.done >= state.total ? "" : Self.line(state, now - began)
    }
    if let line { StandardError.rewrite(line) }
  }

  private static func line(_ state: State, _ elapsed: Duration) -> String {
    let seconds = max(0.001, elapsed / .seconds(1))
    let rate = Double(max(0, state.done - state.doneAtBegin)) / seconds
    let left = rate > 0 ? Int(Double(state.total - state.done) / rate) : nil
    return "\(ByteCount(state.done)) of \(ByteCount(state.total)), \(ByteCount(Int(rate)))/s"
      + (left.map { ", \($0 / 60):\($0 % 60 < 10 ? "0" : "")\($0 % 60) left" } ?? "")
  }
}
