import TesseraEmbedders

/// The tokens that a stack of layers reads, in their order.
public struct TokenSequence: Sendable, Equatable {
  /// One token.
  public struct Token: Sendable, Equatable {
    /// What the token stands for.
    public enum Kind: Sendable, Equatable {
      /// A token of the model's own: the class token, a separator.
      case special
      /// A word or a part of one.
      case word
      /// A word, or a part of one, that the vocabulary does not have whole.
      case unknown
      /// A patch of the picture, counted from its upper left corner.
      case patch(row: Int, column: Int)
    }

    /// What the token stands for.
    public let kind: Kind
    /// As the vocabulary spells it; "row,column" for a patch.
    public let text: String
    /// The row of the vocabulary; nil for what comes of a picture.
    public let id: Int?
    /// Row of the table of positions that is added; nil in a tower.
    public let position: Int?

    package init(kind: Kind, text: String, id: Int?, position: Int? = nil) {
      self.kind = kind
      self.text = text
      self.id = id
      self.position = position
    }

    /// Whether the token is a patch of the picture.
    public var isPatch: Bool { if case .patch = kind { true } else { false } }
  }

  /// The tokens.
  public let tokens: [Token]
  /// Patches along one side of the picture; 0 where the sequence holds no picture.
  public let patchesPerSide: Int
  private let words: [SequencePlan.Word]

  /// Where the patches stand, row by row; empty where there is no picture.
  public var patchIndices: Range<Int> {
    guard let first = tokens.firstIndex(where: \.isPatch) else { return 0..<0 }
    return first..<first + patchesPerSide * patchesPerSide
  }

  /// - Parameter patchesPerSide: 0 where there is no picture.
  package init(tokens: [Token], patchesPerSide: Int, words: [SequencePlan.Word] = []) {
    self.tokens = tokens
    self.patchesPerSide = patchesPerSide
    self.words = words
  }

  /// Where `word` stands: every word of the text that is it, every run of tokens that together
  /// spell it, whatever the case.
  ///
  /// A word may also be a token's exact spelling, "[CLS]" or "3,4" for a patch.
  public func indices(of word: String) -> [Int] {
    let exact = tokens.indices.filter { tokens[$0].text == word }
    guard exact.isEmpty else { return exact }
    let whole = words.filter { $0.text.lowercased() == word.lowercased() }
    guard whole.isEmpty else { return whole.flatMap(\.rows) }
    let wanted = Array(word.lowercased().filter { !$0.isWhitespace })
    var found: [Int] = []
    for start in tokens.indices where tokens[start].kind == .word && !wanted.isEmpty {
      var spelled: [Character] = []
      for end in start..<tokens.count {
        guard tokens[end].kind == .word else { break }
        spelled += tokens[end].bareText.lowercased()
        guard spelled.count < wanted.count, wanted.starts(with: spelled) else {
          if spelled == wanted { found += start...end }
          break
        }
      }
    }
    return found
  }
}

extension TokenSequence.Token {
  /// The spelling without the marks by which a vocabulary says where a word begins or ends.
  public var bareText: String {
    var bare = text[...]
    if bare.hasPrefix("##") { bare = bare.dropFirst(2) }
    if bare.hasPrefix("▁") { bare = bare.dropFirst() }
    if bare.hasSuffix("</w>") { bare = bare.dropLast(4) }
    return String(bare)
  }
}

/// A stack of layers in which tokens attend to each other.
public enum LayerStack: String, Sendable, CaseIterable {
  /// The encoder whose output becomes the vector: of texts, and of pictures fused with them.
  case encoder
  /// The tower that reads pictures.
  case imageTower = "image-tower"
}

extension Embedder {
  /// The tokens that a stack reads for an item; none where it does not run for it.
  ///
  /// - Throws: `EmbedderError`.
  public func tokens(of item: Item, in stack: LayerStack) throws -> TokenSequence {
    try plan(for: item).tokens(in: stack)
  }
}

extension SequencePlan {
  /// The stacks that run, the encoder first.
  public var stacks: [LayerStack] {
    LayerStack.allCases.filter { !tokens(in: $0).tokens.isEmpty }
  }

  /// The tokens that a stack reads; none where it does not run.
  public func tokens(in stack: LayerStack) -> TokenSequence {
    let unknown = Set(unknownWords.flatMap(\.rows))
    let tokens = rows.enumerated().map { place, row in
      TokenSequence.Token(row, isUnknown: unknown.contains(place))
    }
    switch stack {
    case .encoder where hasPictureTower:
      // A picture beside a text has a tower of its own.
      let own = zip(tokens, rows).filter { $1.isOfText }.map(\.0)
      return TokenSequence(tokens: own, patchesPerSide: 0, words: words)
    case .encoder:
      return TokenSequence(tokens: tokens, patchesPerSide: patchesPerSide ?? 0, words: words)
    case .imageTower:
      guard let side = patchesPerSide else { return TokenSequence(tokens: [], patchesPerSide: 0) }
      return TokenSequence(
        tokens: (hasTowerClassToken ? [.classOfTower] : []) + tokens.filter(\.isPatch),
        patchesPerSide: side)
    }
  }
}

extension SequencePlan.Row {
  fileprivate var isOfText: Bool {
    switch content {
    case .token, .special: true
    case .patch, .imageClass: false
    }
  }
}

extension TokenSequence.Token {
  fileprivate static let classOfTower = TokenSequence.Token(kind: .special, text: "[CLS]", id: nil)

  fileprivate init(_ row: SequencePlan.Row, isUnknown: Bool) {
    switch row.content {
    case .token(let id, let spelling):
      self.init(
        kind: isUnknown ? .unknown : .word, text: spelling, id: id, position: row.position)
    case .special(let id, let spelling):
      self.init(kind: .special, text: spelling, id: id, position: row.position)
    case .patch(let line, let column):
      self.init(
        kind: .patch(row: line, column: column), text: "\(line),\(column)", id: nil,
        position: row.position)
    case .imageClass: self = .classOfTower
    }
  }
}
