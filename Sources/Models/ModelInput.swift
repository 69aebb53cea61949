import TesseraTensors

/// What a model reads for one item: token ids, a picture, or both.
package struct ModelInput: Sendable {
  /// Token ids, special tokens included; empty where there is no text.
  package let ids: [Int]
  package let picture: Picture?

  /// A picture, before or after the tower that reads it.
  package enum Picture: Sendable {
    /// [3, S, S], normalised.
    case pixels(Tensor)
    /// What a tower made of it, to be read beside words: [P, C of the tower].
    case tokens(Tensor)
  }

  package init(ids: [Int], picture: Picture? = nil) {
    self.ids = ids
    self.picture = picture
  }

  package init(ids: [Int], pixels: Tensor?) {
    self.init(ids: ids, picture: pixels.map(Picture.pixels))
  }

  package var pixels: Tensor? { if case .pixels(let pixels) = picture { pixels } else { nil } }
}
