/// A regular expression as a list of instructions for `RegexMatcher`.
struct RegexProgram: Sendable {
  enum Instruction: Sendable {
    /// One scalar of the set of this number.
    case scalar(Int)
    /// From `atLeast` to `atMost` scalars of a set, as many as there are; `givesBack`: fewer, where
    /// the rest does not match.
    case run(Int, atLeast: Int, atMost: Int, givesBack: Bool)
    /// Goes on here, and at the other place if that fails.
    case split(here: Int, otherwise: Int)
    case jump(Int)
    /// Runs the instructions behind it up to `accept`, and goes on at `next`.
    case ahead(isNegated: Bool, next: Int)
    case atomic(next: Int)
    case behind(Int, isNegated: Bool)
    case anchor(RegexNode.Anchor)
    case accept
  }

  private(set) var instructions: [Instruction] = []
  private(set) var sets: [ScalarSet] = []
  let words = ScalarSet(.classes(CharacterClasses.shared.word))

  /// Files have a few dozen.
  private static let limit = 10_000

  init(_ node: RegexNode) throws(RegexError) {
    try append(node)
    instructions.append(.accept)
  }

  private mutating func append(_ node: RegexNode) throws(RegexError) {
    guard instructions.count < Self.limit else { throw .unsupported("an expression of this size") }
    switch node {
    case .scalar(let set):
      instructions.append(.scalar(number(of: set)))
    case .sequence(let parts):
      for part in parts { try append(part) }
    case .choice(let branches):
      try append(branches[...])
    case .repeated(.scalar(let set), let atLeast, let atMost, let greed) where greed != .lazy:
      instructions.append(
        .run(
          number(of: set), atLeast: atLeast, atMost: atMost ?? .max, givesBack: greed == .greedy))
    case .repeated(let inner, let atLeast, let atMost, .possessive):
      try append(.atomic(.repeated(inner, atLeast: atLeast, atMost: atMost, .greedy)))
    case .repeated(let inner, let atLeast, let atMost, let greed):
      try append(repeated: inner, atLeast, atMost, isLazy: greed == .lazy)
    case .ahead(let inner, let isNegated):
      let start = reserve()
      try append(inner)
      instructions.append(.accept)
      instructions[start] = .ahead(isNegated: isNegated, next: instructions.count)
    case .atomic(let inner):
      let start = reserve()
      try append(inner)
      instructions.append(.accept)
      instructions[start] = .atomic(next: instructions.count)
    case .behind(let set, let isNegated):
      instructions.append(.behind(number(of: set), isNegated: isNegated))
    case .anchor(let anchor):
      instructions.append(.anchor(anchor))
    }
  }

  private mutating func append(_ branches: ArraySlice<RegexNode>) throws(RegexError) {
    guard let first = branches.first else { return }
    if branches.count == 1 {
      try append(first)
      return
    }
    let split = reserve()
    try append(first)
    let jump = reserve()
    instructions[split] = .split(here: split + 1, otherwise: instructions.count)
    try append(branches.dropFirst())
    instructions[jump] = .jump(instructions.count)
  }

  private mutating func append(
    repeated inner: RegexNode, _ atLeast: Int, _ atMost: Int?, isLazy: Bool
  ) throws(RegexError) {
    func split(_ enter: Int, _ leave: Int) -> Instruction {
      isLazy ? .split(here: leave, otherwise: enter) : .split(here: enter, otherwise: leave)
    }
    for _ in 0..<atLeast { try append(inner) }
    guard let atMost else {
      let start = reserve()
      try append(inner)
      instructions.append(.jump(start))
      instructions[start] = split(start + 1, instructions.count)
      return
    }
    var starts: [Int] = []
    for _ in atLeast..<atMost {
      starts.append(reserve())
      try append(inner)
    }
    for start in starts { instructions[start] = split(start + 1, instructions.count) }
  }

  /// A place for an instruction that is not known yet.
  private mutating func reserve() -> Int {
    instructions.append(.accept)
    return instructions.count - 1
  }

  private mutating func number(of set: ScalarSetExpression) -> Int {
    sets.append(ScalarSet(set))
    return sets.count - 1
  }
}
