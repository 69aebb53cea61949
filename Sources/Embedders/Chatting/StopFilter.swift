/// Ends a text that comes in pieces at the first of some texts, which is not handed on, nor any part
/// of it.
struct StopFilter: Sendable {
  private let stops: [[UInt8]]
  private var held: [UInt8] = []
  /// Whether one was found.
  private(set) var isDone = false

  /// - Parameter stops: empty ones are passed over.
  init(_ stops: [String]) {
    self.stops = stops.filter { !$0.isEmpty }.map { Array($0.utf8) }
  }

  /// What of the text is certain now.
  mutating func take(_ piece: String) -> String {
    guard !stops.isEmpty, !isDone else { return isDone ? "" : piece }
    held += piece.utf8
    if let end = firstStop() {
      isDone = true
      held.removeSubrange(end...)
      return rest()
    }
    let kept = stops.map(beginning).max() ?? 0
    let certain = held.dropLast(kept)
    held = Array(held.suffix(kept))
    return String(decoding: certain, as: UTF8.self)
  }

  /// What was held back for the beginning of a stop, and is none.
  mutating func finish() -> String { isDone ? "" : rest() }

  private mutating func rest() -> String {
    defer { held = [] }
    return String(decoding: held, as: UTF8.self)
  }

  private func firstStop() -> Int? {
    held.indices.first { start in stops.contains { held[start...].starts(with: $0) } }
  }

  /// How many bytes at the end a stop may begin with.
  private func beginning(of stop: [UInt8]) -> Int {
    let counts = (0...min(stop.count - 1, held.count)).reversed()
    return counts.first { held.suffix($0).elementsEqual(stop.prefix($0)) } ?? 0
  }
}
