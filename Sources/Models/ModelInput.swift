import TesseraTensors

/// What a model reads for one item: token ids, a picture, or both.
package struct ModelInput: Sendable {
  /// Token ids, special tokens included; empty where there is no text.
  package let ids: [Int]
  package let picture: Picture?
  /// How many ids come of a prompt, and of the special tokens before it; 0 for none.
  package let promptTokens: Int
  /// The type of each token, where they differ: 1 for those of a second text.
  package let typeIDs: [Int]?
  /// What the text is asked for, where models mind.
  package let task: TextTask?
  /// The task whose weights read the text, where a model has some for it; nil for none.
  package let adapter: String?
  /// How many ids others attend to, the first ones; nil for all.
  package let attendedTokens: Int?

  /// A picture, before or after the tower that reads it.
  package enum Picture: Sendable {
    /// [3, S, S], normalised.
    case pixels(Tensor)
    /// What a tower made of it, to be read beside words: [P, C of the tower].
    case tokens(Tensor)
    /// Tiles of a page, the places of whose tokens are among the ids.
    case page(Page)
  }

  /// A picture that was cut into tiles, beside which it stands once more as a whole.
  package struct Page: Sendable {
    /// Rows and columns of the tiles; both 0 where the whole picture is the only one.
    package let rows: Int
    package let columns: Int
    package let content: Content

    package enum Content: Sendable {
      /// [tiles, 3, S, S], normalised; the whole picture is the last.
      case tiles(Tensor)
      /// What the tower made of them: [tiles·T, C of the words].
      case tokens(Tensor)
    }

    package init(rows: Int, columns: Int, _ content: Content) {
      (self.rows, self.columns, self.content) = (rows, columns, content)
    }
  }

  package init(
    ids: [Int], picture: Picture? = nil, promptTokens: Int = 0, typeIDs: [Int]? = nil,
    task: TextTask? = nil, adapter: String? = nil, attendedTokens: Int? = nil
  ) {
    precondition(typeIDs.map { $0.count == ids.count } ?? true, "a type for each token")
    self.ids = ids
    self.picture = picture
    self.promptTokens = promptTokens
    self.typeIDs = typeIDs
    self.task = task
    self.adapter = adapter
    self.attendedTokens = attendedTokens
  }

  package init(ids: [Int], pixels: Tensor?) {
    self.init(ids: ids, picture: pixels.map(Picture.pixels))
  }

  /// The same words beside another picture.
  package func with(_ picture: Picture?) -> ModelInput {
    ModelInput(
      ids: ids, picture: picture, promptTokens: promptTokens, typeIDs: typeIDs, task: task,
      adapter: adapter, attendedTokens: attendedTokens)
  }

  package var pixels: Tensor? { if case .pixels(let pixels) = picture { pixels } else { nil } }
  package var page: Page? { if case .page(let page) = picture { page } else { nil } }
}

extension [ModelInput] {
  /// The texts of a batch, one behind the other.
  var textSequences: PackedSequences {
    let attended =
      contains { $0.attendedTokens != nil } ? map { $0.attendedTokens ?? $0.ids.count } : nil
    return PackedSequences(lengths: map(\.ids.count), attended: attended)
  }

  /// The types of all tokens, one input behind the other; nil where all are 0.
  var typeIDs: [Int]? {
    guard contains(where: { $0.typeIDs != nil }) else { return nil }
    return flatMap { input in input.typeIDs ?? input.ids.map { _ in 0 } }
  }
}
