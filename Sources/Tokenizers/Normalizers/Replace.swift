/// Puts a fixed text in place of every match of a pattern.
struct Replace: Normalizer {
  private let pattern: any Pattern
  private let content: [UInt8]

  init(_ pattern: any Pattern, with content: String) {
    self.pattern = pattern
    self.content = Array(content.utf8)
  }

  func normalize(_ segment: inout TextSegment) {
    let bytes = segment.bytes
    guard let first = pattern.firstMatch(in: bytes, from: 0, within: 0..<bytes.count) else {
      return
    }
    // The replacement counts as the match's last scalar.
    if first.lowerBound == 0, content.isEmpty || first.upperBound > bytes.scalar(at: 0).length {
      segment.beginsText = false
    }
    segment.bytes = pattern.replace(in: bytes, with: content)
  }
}
