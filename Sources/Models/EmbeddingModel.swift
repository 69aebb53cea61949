import TesseraLayers
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
    /// What `imageTokens` made of it.
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

/// A model that turns texts, pictures or both into vectors.
package protocol EmbeddingModel: Sendable {
  /// Length of the vectors, C.
  var dimension: Int { get }

  /// The kinds of vectors that can be asked for.
  var outputKinds: OutputKinds { get }

  /// Floating-point operations that one item takes.
  func operationCount(_ input: ModelInput) -> Double

  /// Where those operations are done; together the parts' operations are their number.
  func computedParts(of input: ModelInput) -> [ComputedPart]

  /// The vectors of one input without some rows of its sequence, one for each group of rows.
  ///
  /// The rows are dropped as they enter the first layer; the others keep their positions. So many
  /// rows, at least one group's, are computed together; `progress` is then told the number of the
  /// vectors.
  /// - Precondition: something is left of each group, and of what becomes the vector.
  func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor]

  /// Takes the vector of one input apart along a direction of length 1.
  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection

  /// The rows of the sequence that become the vector: one, or those whose mean it is.
  func pooledRows(of input: ModelInput) -> [Int]

  /// The tokens of pictures, given as pixels, that words will be read beside: [P, C of the tower]
  /// each. Nil if the model reads no picture and text together.
  ///
  /// A picture's tokens do not depend on the words, which may come later.
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  func imageTokens(_ pictures: [Tensor]) throws -> [Tensor]?

  /// Encodes a batch.
  ///
  /// - Precondition: ids are below the vocabulary's size and no longer than the maximum.
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput]
}

extension EmbeddingModel {
  package var outputKinds: OutputKinds { .dense }

  package func imageTokens(_ pictures: [Tensor]) throws -> [Tensor]? { nil }
}
