import TesseraEmbedders
import TesseraModels
import TesseraTensors
import TesseraTokenizers

/// The sequence that a model reads of one item, before any of it is computed.
public struct SequencePlan: Sendable {
  /// The text as the tokenizer got it: with the model's prompt, white space dropped where the model
  /// does so. Nil for a picture with a tower of its own.
  public let text: String?
  /// From the first to the last row of the sequence.
  public let rows: [Row]
  /// The words that are read, in part or in whole, in their order.
  public let words: [Word]
  /// What of the text is not read; nil if all is.
  public let cut: Cut?
  /// Rows at the end of the text that fill it up to the length that every text has; 0 in most models.
  public let paddingCount: Int
  /// Tokens of text that fit, special ones included; nil where there is no text.
  public let limit: Int?
  /// Patches in a row of the picture, and in a column; nil where there is no picture, or no square.
  public let patchesPerSide: Int?
  let pixels: Tensor?
  /// Whether a picture is read by a tower of its own, and by nothing else.
  let hasPictureTower: Bool
  /// Whether the tower that reads pictures puts a class token before the patches.
  let hasTowerClassToken: Bool

  /// A token, or a patch of the picture.
  public struct Row: Sendable, Equatable {
    /// What it is.
    public let content: Content
    /// Row of the table of position embeddings that is added.
    public let position: Int
  }

  /// What stands in a row.
  public enum Content: Sendable, Equatable {
    /// A token of the text itself, as the vocabulary spells it.
    case token(id: Int, spelling: String)
    /// A token that the tokenizer puts around every text, such as `[CLS]`.
    case special(id: Int, spelling: String)
    /// A patch of the picture, counted from its upper left corner.
    case patch(row: Int, column: Int)
    /// The class token of a picture's tower.
    case imageClass
  }

  /// A word, or a part of a text in a script without spaces.
  public struct Word: Sendable, Equatable {
    /// As the normalizer left it.
    public let text: String
    /// Rows of its tokens.
    public let rows: Range<Int>
    /// Whether the vocabulary lacks it or a part of it: to the model it is like all such words.
    public let isUnknown: Bool
  }

  /// What a limit leaves out.
  public struct Cut: Sendable, Equatable {
    /// Tokens that are read, special ones included.
    public let kept: Int
    /// Tokens that the whole text has.
    public let total: Int
    /// The words of which nothing is read.
    public let words: [String]
    /// The last word that is read, if some of its tokens are not.
    public let brokenWord: String?
  }

  /// The words of which the vocabulary lacks some part.
  public var unknownWords: [Word] { words.filter(\.isUnknown) }
}

extension Embedder {
  /// Plans the sequence of an item, which costs no more than its tokens and pixels.
  ///
  /// - Throws: `EmbedderError`.
  public func plan(for item: Item) throws(EmbedderError) -> SequencePlan {
    try reader.plan(for: item)
  }
}

extension ItemReader {
  func plan(for item: Item) throws(EmbedderError) -> SequencePlan {
    try plan(for: item, input(of: item).input)
  }

  func plan(for item: Item, _ input: ModelInput) throws(EmbedderError) -> SequencePlan {
    let texts = try texts()
    let reading = try text(of: item).flatMap { text throws(EmbedderError) in
      try texts.map { texts throws(EmbedderError) in
        TextReading(
          try texts.asRead(text, item.prompt),
          try texts.wording(of: text, item.prompt, besideImage: item.image != nil), texts.tokenizer)
      }
    }
    let layout = format.layout(of: input)
    let patchCount = layout.count { if case .patch = $0.content { true } else { false } }
    let side = Int(Double(patchCount).squareRoot().rounded())
    let grid = format.patchGrid(of: input) ?? (side, side)
    let textTokens = reading?.textTokens ?? 0..<0
    let rows = layout.map { row in
      SequencePlan.Row(
        content: content(
          of: row.content, input.ids, textTokens, columns: grid.columns, texts?.tokenizer),
        position: row.position)
    }
    // Where each token of the text stands in the sequence; those that are cut stand nowhere.
    var places = [Int?](repeating: nil, count: input.ids.count)
    for (place, row) in layout.enumerated() {
      if case .token(let index) = row.content { places[index] = place }
    }
    return SequencePlan(
      text: reading?.text, rows: rows, words: reading?.words(at: places) ?? [],
      cut: reading?.cut, paddingCount: input.ids.count - (reading?.idCount ?? input.ids.count),
      limit: reading?.limit,
      // A page's tokens are each of many patches, in several tiles.
      patchesPerSide: patchCount > 0 && fusion != .pages && grid == (side, side) ? side : nil,
      pixels: input.pixels, hasPictureTower: fusion.hasPictureTower,
      hasTowerClassToken: format.hasTowerClassToken)
  }

  private func content(
    of content: SequenceRow.Content, _ ids: [Int], _ textTokens: Range<Int>, columns: Int,
    _ tokenizer: Tokenizer?
  ) -> SequencePlan.Content {
    switch content {
    case .imageClass: return .imageClass
    case .patch(let index): return .patch(row: index / columns, column: index % columns)
    case .token(let index):
      let spelling = tokenizer?.token(ids[index]) ?? ""
      return textTokens.contains(index)
        ? .token(id: ids[index], spelling: spelling)
        : .special(id: ids[index], spelling: spelling)
    }
  }
}

extension SequencePlan {
  /// Where two sequences differ: what is left of each when equal rows at both ends are dropped.
  public struct Difference: Sendable, Equatable {
    /// Rows of the first that the second does not have in this place.
    public let first: Range<Int>
    /// Rows of the second that the first does not have in this place.
    public let second: Range<Int>
    /// Whether both have a picture and its pixels, as the model reads them, differ.
    public let isPictureDifferent: Bool
    /// Whether rows stand at other positions.
    public let arePositionsDifferent: Bool

    /// Whether the model reads the same, and gives both the same vector.
    public var isNone: Bool {
      first.isEmpty && second.isEmpty && !isPictureDifferent && !arePositionsDifferent
    }
  }

  /// Compares two sequences of one model.
  public func difference(from other: SequencePlan) -> Difference {
    let (mine, theirs) = (rows.map(\.content), other.rows.map(\.content))
    let start = zip(mine, theirs).prefix { $0 == $1 }.count
    let end = zip(mine.dropFirst(start).reversed(), theirs.dropFirst(start).reversed())
      .prefix { $0 == $1 }.count
    let differs =
      if let pixels, let others = other.pixels { pixels.elements != others.elements } else { false }
    return Difference(
      first: start..<mine.count - end, second: start..<theirs.count - end,
      isPictureDifferent: differs,
      arePositionsDifferent: mine == theirs && rows != other.rows)
  }
}
