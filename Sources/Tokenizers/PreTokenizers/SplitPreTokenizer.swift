/// Cuts text wherever a pattern matches.
struct SplitPreTokenizer: PreTokenizer {
  private let pattern: any Pattern
  private let behavior: SplitBehavior
  /// Whether the matches are the words, and what lies between them the delimiters.
  private let isInverted: Bool

  init(_ pattern: any Pattern, _ behavior: SplitBehavior, inverted: Bool = false) {
    self.pattern = pattern
    self.behavior = behavior
    isInverted = inverted
  }

  func preTokenize(_ text: inout PreTokenizedText) {
    let bytes = text.bytes
    var spans: [Span] = []
    text.split { piece, parts in
      spans.removeAll(keepingCapacity: true)
      pattern.forEachSpan(of: bytes, in: piece) { range, isMatch in
        spans.append(Span(range: range, isDelimiter: isMatch != isInverted))
      }
      behavior.append(spans, to: &parts)
    }
  }
}

/// A part of a text that either is a delimiter or lies between delimiters.
struct Span {
  let range: Range<Int>
  let isDelimiter: Bool
}

/// What becomes of the delimiters.
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  /// Each delimiter is a piece.
  case isolated = "Isolated"
  /// Each run of delimiters is a piece.
  case contiguous = "Contiguous"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"

  func append(_ spans: [Span], to parts: inout [Range<Int>]) {
    switch self {
    case .removed:
      for span in spans where !span.isDelimiter { parts.append(span.range) }
    case .isolated:
      for span in spans { parts.append(span.range) }
    case .contiguous:
      appendMerged(spans, to: &parts) { previous, span in
        previous.isDelimiter == span.isDelimiter
      }
    case .mergedWithPrevious:
      appendMerged(spans, to: &parts) { previous, span in
        !previous.isDelimiter && span.isDelimiter
      }
    case .mergedWithNext:
      appendMerged(spans, to: &parts) { previous, span in
        previous.isDelimiter && !span.isDelimiter
      }
    }
  }

  /// Appends the spans, each joined to the one before it where `joins` says so.
  private func appendMerged(
    _ spans: [Span], to parts: inout [Range<Int>], where joins: (Span, Span) -> Bool
  ) {
    var previous: Span?
    for span in spans {
      if let previous, joins(previous, span), let last = parts.popLast() {
        parts.append(last.lowerBound..<span.range.upperBound)
      } else {
        parts.append(span.range)
      }
      previous = span
    }
  }
}
