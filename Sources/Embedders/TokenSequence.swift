import Models

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
      /// A word that the vocabulary does not have.
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

    package init(kind: Kind, text: String, id: Int?) {
      self.kind = kind
      self.text = text
      self.id = id
    }

    /// Whether the token is a patch of the picture.
    public var isPatch: Bool { if case .patch = kind { true } else { false } }
  }

  /// The tokens.
  public let tokens: [Token]
  /// Patches along one side of the picture; 0 where the sequence holds no picture.
  public let patchesPerSide: Int

  /// Where the patches stand, row by row; empty where there is no picture.
  public var patchIndices: Range<Int> {
    guard let first = tokens.firstIndex(where: \.isPatch) else { return 0..<0 }
    return first..<first + patchesPerSide * patchesPerSide
  }

  /// - Parameter patchesPerSide: 0 where there is no picture.
  package init(tokens: [Token], patchesPerSide: Int) {
    self.tokens = tokens
    self.patchesPerSide = patchesPerSide
  }

  /// Where `word` stands: every run of tokens that together spell it, whatever the case.
  ///
  /// A word may also be a token's exact spelling, "[CLS]" or "3,4" for a patch.
  public func indices(of word: String) -> [Int] {
    let exact = tokens.indices.filter { tokens[$0].text == word }
    guard exact.isEmpty else { return exact }
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
    let input = try preparation.prepare(item).get().input
    let patchCount = input.pixels == nil ? 0 : model.patchCount
    let side = Int(Double(patchCount).squareRoot())
    let patches = (0..<patchCount).map { patch in
      let (row, column) = patch.quotientAndRemainder(dividingBy: side)
      return TokenSequence.Token(
        kind: .patch(row: row, column: column), text: "\(row),\(column)", id: nil)
    }
    switch stack {
    case .imageTower:
      guard patchCount > 0 else { return TokenSequence(tokens: [], patchesPerSide: 0) }
      let classToken = TokenSequence.Token(kind: .special, text: "[CLS]", id: nil)
      return TokenSequence(tokens: [classToken] + patches, patchesPerSide: side)
    case .encoder:
      let words = input.ids.map { id in
        TokenSequence.Token(
          kind: preparation.kind(of: id), text: token(id) ?? "#\(id)", id: id)
      }
      guard case .oneSequence = model.fusion, patchCount > 0 else {
        return TokenSequence(tokens: words, patchesPerSide: 0)
      }
      return TokenSequence(
        tokens: words.prefix(1) + patches + words.dropFirst(), patchesPerSide: side)
    }
  }
}

extension EmbeddingModel {
  /// Patches of a picture; a tower of its own reads a class token beside them.
  fileprivate var patchCount: Int {
    switch fusion {
    case .textOnly: 0
    case .oneSequence(let count): count
    case .separateTowers(let count): count - 1
    }
  }
}
