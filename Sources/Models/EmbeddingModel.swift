import TesseraLayers
import TesseraTensors

/// A model that turns texts, pictures or both into vectors.
package protocol EmbeddingModel: Sendable {
  /// Length of the vectors, C.
  var dimension: Int { get }

  /// Whether the vectors have length 1.
  var isNormalizing: Bool { get }

  /// The kinds of vectors that can be asked for.
  var outputKinds: OutputKinds { get }

  /// How a picture's similarities to labels become probabilities; nil where they do not.
  var labelScoring: LabelScoring? { get }

  /// What the encoder will read of pictures, given as pixels: the pixels themselves, or what a tower
  /// makes of them that needs no words, which may come later.
  ///
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  func read(_ pictures: [Tensor], trace: Trace?) throws -> [ModelInput.Picture]

  /// The same for a page, whose tiles become tokens.
  func read(_ page: ModelInput.Page, trace: Trace?) throws -> ModelInput.Page

  /// Encodes a batch.
  ///
  /// - Precondition: ids are below the vocabulary's size and no longer than the maximum.
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput]
}

extension EmbeddingModel {
  package var isNormalizing: Bool { true }
  package var outputKinds: OutputKinds { .dense }
  package var labelScoring: LabelScoring? { nil }

  package func read(_ pictures: [Tensor], trace: Trace?) throws -> [ModelInput.Picture] {
    pictures.map(ModelInput.Picture.pixels)
  }

  package func read(_ page: ModelInput.Page, trace: Trace?) throws -> ModelInput.Page { page }
}

/// How cosines with labels become probabilities.
package enum LabelScoring: Sendable, Equatable {
  /// Softmax over the labels of scale · cosine.
  case softmax(scale: Float)
  /// σ(scale · cosine + bias), each label by itself: they do not sum to one.
  case sigmoid(scale: Float, bias: Float)
}

/// The kinds of vectors that a model can give for one text.
package struct OutputKinds: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// One vector for the whole item.
  package static let dense = OutputKinds(rawValue: 1)
  /// One weight for each token of the vocabulary that occurs.
  package static let sparse = OutputKinds(rawValue: 2)
  /// One vector for each token.
  package static let colbert = OutputKinds(rawValue: 4)
}

/// What a model says of one item; parts that were not asked for are nil.
package struct ModelOutput: Sendable {
  /// [C]; of length 1 where the model normalises.
  package var vector: Tensor?
  /// Weight by token id, all above 0.
  package var lexicalWeights: [Int: Float]?
  /// [T − 1, C], each row of length 1; the class token has none.
  package var tokenVectors: Tensor?

  package init(vector: Tensor? = nil) {
    self.vector = vector
  }
}
