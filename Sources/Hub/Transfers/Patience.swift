import Foundation

/// How often and after how long something is tried again.
package struct Patience: Sendable {
  private let count: Int
  private let pause: Double

  /// Longer than this nobody waits for a busy server.
  private static let maximumWait = 300

  /// - Parameters:
  ///   - count: tries that may fail in a row.
  ///   - pause: seconds after the first failure; each further pause is twice as long.
  package init(count: Int = 6, pause: Double = 0.25) {
    self.count = count
    self.pause = pause
  }

  var attempts: Attempts { Attempts(remaining: count, pause: pause) }

  struct Attempts {
    fileprivate var remaining: Int
    fileprivate var pause: Double

    /// Waits before the next try.
    /// - Throws: `error`, where there have been enough.
    mutating func wait(after error: HubError, _ note: (String) -> Void) throws {
      remaining -= 1
      guard remaining > 0 else { throw error }
      if case .busy(_, let seconds?) = error {
        guard seconds <= Patience.maximumWait else { throw error }
        note("\(error)")
        Thread.sleep(forTimeInterval: Double(seconds))
      } else {
        note("\(error); trying again")
        Thread.sleep(forTimeInterval: pause)
        pause *= 2
      }
    }
  }

  /// Does `work` again while it fails for reasons that may pass.
  ///
  /// - Parameter isEnough: says of an error that nothing is gained by trying again.
  func trying<Result>(
    note: (String) -> Void, unless isEnough: (HubError) -> Bool = { _ in false },
    _ work: () throws -> Result
  ) throws -> Result {
    var attempts = attempts
    while true {
      do {
        return try work()
      } catch let error as HubError where error.isPassing && !isEnough(error) {
        try attempts.wait(after: error, note)
      }
    }
  }
}
