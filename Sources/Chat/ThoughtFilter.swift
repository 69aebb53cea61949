/// Leaves out what some models think aloud before they answer: `<think>…</think>`.
struct ThoughtFilter {
  private enum State { case beginning, thinking, answering }

  private var state = State.beginning
  private var held = ""

  private static let opening = "<think>"
  private static let closing = "</think>"

  /// The part of a piece that belongs to the answer.
  mutating func answer(in piece: String) -> String {
    guard state != .answering else { return piece }
    held += piece
    if state == .beginning {
      let text = held.drop(while: \.isWhitespace)
      if text.hasPrefix(Self.opening) {
        state = .thinking
      } else if Self.opening.hasPrefix(text) {
        return ""
      } else {
        return rest()
      }
    }
    guard let end = held.range(of: Self.closing) else { return "" }
    held = String(held[end.upperBound...].drop(while: \.isWhitespace))
    return rest()
  }

  /// What was held back at the end of an answer that never began to think.
  mutating func end() -> String { state == .beginning ? rest() : "" }

  private mutating func rest() -> String {
    defer { held = "" }
    state = .answering
    return held
  }
}
