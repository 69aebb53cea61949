/// A regular expression, parsed.
indirect enum RegexNode: Sendable {
  /// One scalar of a set.
  case scalar(ScalarSetExpression)
  case sequence([RegexNode])
  /// The first that matches, as long as the rest can follow.
  case choice([RegexNode])
  /// Nil: without end.
  case repeated(RegexNode, atLeast: Int, atMost: Int?, Greed)
  /// Matches without taking anything.
  case ahead(RegexNode, isNegated: Bool)
  /// One scalar before this place.
  case behind(ScalarSetExpression, isNegated: Bool)
  /// Once matched, it gives nothing back.
  case atomic(RegexNode)
  case anchor(Anchor)

  enum Greed: Sendable { case greedy, lazy, possessive }

  enum Anchor: Sendable {
    /// `\A`, `\z`, and `^`, `$`, which stand at the ends of lines.
    case textStart, textEnd, lineStart, lineEnd
    /// `\b`, `\B`.
    case wordBoundary, noWordBoundary
  }

  /// Whether it may match nothing at all.
  var matchesEmpty: Bool {
    switch self {
    case .scalar: false
    case .sequence(let parts): parts.allSatisfy(\.matchesEmpty)
    case .choice(let branches): branches.contains(where: \.matchesEmpty)
    case .repeated(let inner, let atLeast, _, _): atLeast == 0 || inner.matchesEmpty
    case .atomic(let inner): inner.matchesEmpty
    case .ahead, .behind, .anchor: true
    }
  }
}

/// Why a regular expression is not run.
enum RegexError: Error, Equatable {
  /// Something that is not done here, such as "the back reference \1".
  case unsupported(String)
  case malformed(String)
}
