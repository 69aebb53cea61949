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

  /// A picture, before or after the tower that reads it.
  package enum Picture: Sendable {
    /// [3, S, S], normalised.
    case pixels(Tensor)
    /// What a tower made of it, to be read beside words: [P, C of the tower].
    case tokens(Tensor)
  }

  package init(
    ids: [Int], picture: Picture? = nil, promptTokens: Int = 0, typeIDs: [Int]? = nil
  ) {
    precondition(typeIDs.map { $0.count == ids.count } ?? true, "a type for each token")
    self.ids = ids
    self.picture = picture
    self.promptTokens = promptTokens
    self.typeIDs = typeIDs
  }

  package init(ids: [Int], pixels: Tensor?) {
    self.init(ids: ids, picture: pixels.map(Picture.pixels))
  }

  package var pixels: Tensor? { if case .pixels(let pixels) = picture { pixels } else { nil } }
}

extension [ModelInput] {
  /// The types of all tokens, one input behind the other; nil where all are 0.
  var typeIDs: [Int]? {
    guard contains(where: { $0.typeIDs != nil }) else { return nil }
    return flatMap { input in input.typeIDs ?? input.ids.map { _ in 0 } }
  }
}
