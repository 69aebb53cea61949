/// How fast tokens are computed, by the latest batches.
struct Speed {
  private var tokensPerSecond: Double?

  mutating func note(tokens: Int, seconds: Double) {
    guard tokens > 0, seconds > 0 else { return }
    let latest = Double(tokens) / seconds
    tokensPerSecond = tokensPerSecond.map { 0.8 * $0 + 0.2 * latest } ?? latest
  }

  /// How long so many tokens will take; 0 where nothing was measured yet.
  func seconds(for tokens: Int) -> Double {
    tokensPerSecond.map { Double(tokens) / $0 } ?? 0
  }
}

extension Duration {
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
