import TesseraLayers
import TesseraTensors

/// A model that writes texts about pictures.
package protocol WritingModel: Sendable {
  /// What it makes of pictures, given as pixels, before it reads a text: [1 + P, C] each.
  ///
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  func see(_ pictures: [Tensor], trace: Trace?) throws -> [Tensor]

  /// What its text begins with.
  ///
  /// - Parameter ids: those of the given text, special tokens included.
  func prompt(_ ids: [Int]) -> [Int]

  /// Begins to write about items, each a given text with what was made of its picture.
  func session(_ items: [(ids: [Int], picture: Tensor)]) throws -> any DecodingSession

  /// Reads a text that was written at once, and shows every stage: the logits of what follows each
  /// of its tokens, [T, V].
  func trace(
    _ text: [Int], after item: (ids: [Int], picture: Tensor), trace: Trace
  ) throws -> Tensor
}

/// A model that says how well a text and a picture belong together, reading both at once.
package protocol MatchingModel: Sendable {
  /// What it makes of pictures, given as pixels: [1 + P, C] each.
  func see(_ pictures: [Tensor], trace: Trace?) throws -> [Tensor]

  /// Logits of "does not belong" and "belongs": [pairs, 2].
  func match(_ pairs: [(ids: [Int], picture: Tensor)], trace: Trace?) throws -> Tensor
}
