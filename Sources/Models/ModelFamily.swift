import TesseraCheckpoints
import TesseraImages
import TesseraTokenizers

/// All that the rest of the engine may ask of a family of models.
///
/// A family is a folder beside this file and a line in `Families.swift`; `docs/adding-a-model.md`
/// says how one is added.
package protocol ModelFamily: Sendable {
  /// What `model_type` in `config.json` may say.
  static var modelTypes: [String] { get }

  /// Whether a folder with such a `model_type` is this family's; all are, unless it says otherwise.
  static func accepts(_ folder: ModelFiles) throws -> Bool

  /// Weights of linear layers, `*` for any characters: those that models read in the arithmetic of
  /// their `Weights`, and that a converter may make bytes of.
  static var quantizedLayers: [String] { get }

  /// Tensors that a checkpoint may hold and that serve other purposes, `*` for any characters.
  static var unusedTensors: [String] { get }

  /// Further ones where vectors are made: heads that fine-tuning for another task left. A classifier
  /// reads its own.
  static var otherHeads: [String] { get }

  /// PyTorch checkpoints beside the model's own whose `weight` and `bias` a converter puts under
  /// their file's name.
  static var headFiles: [String] { get }

  /// Where a study finds attention, and what belongs to which stack.
  static var stages: StageNames { get }

  /// Whether its models also read a text beside a picture: `MatchingModel`.
  static var matchesPictures: Bool { get }

  /// Whether sentence-transformers, from 5.4 on, takes features of texts and of pictures as its models
  /// give them, where it takes the tokens' vectors of others.
  static var givesFeatures: Bool { get }

  /// Reads and checks the configuration; no weight is needed for it.
  ///
  /// - Throws: `FieldError`, naming the file and the key.
  init(_ folder: ModelFiles) throws

  /// How items are read.
  var format: any InputFormat { get }

  /// What texts meet before the tokenizer.
  var textStyle: TextStyle { get }

  /// Whether special tokens stand around a text; without them, a text may be empty.
  var readsSpecialTokens: Bool { get }

  /// Whether the tokens of a prompt become part of the vector as others do.
  var poolsPrompts: Bool { get }

  /// How a text becomes a vector for each token; nil for other models.
  var lateInteraction: LateInteraction? { get }

  /// Tasks for which the model has weights of its own, with the words before their texts: they are
  /// prompts of the folder, beside those that it names itself.
  var tasks: [String: String] { get }

  /// What is done to a picture; nil for a family that reads none, or pages.
  var pixels: PixelRecipe? { get }

  /// How pictures of pages and the queries for them are read; nil for other models.
  var pages: PageFormat? { get }

  /// What a user should know of how the folder was read; a line each.
  var notes: [String] { get }

  /// - Throws: `FieldError` where the tokenizer is another model's.
  func check(_ tokenizer: Tokenizer) throws

  /// Builds the model.
  ///
  /// - Parameter tokenizer: waits for it, if it is still being read.
  /// - Throws: `WeightsError`, what reading the tokenizer threw.
  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel
}

extension ModelFamily {
  package static func accepts(_ folder: ModelFiles) throws -> Bool { true }
  package static var headFiles: [String] { [] }
  package static var otherHeads: [String] { [] }
  package static var matchesPictures: Bool { false }
  package static var givesFeatures: Bool { false }
  package var textStyle: TextStyle { .plain }
  package var readsSpecialTokens: Bool { true }
  package var poolsPrompts: Bool { true }
  package var lateInteraction: LateInteraction? { nil }
  package var tasks: [String: String] { [:] }
  package var pixels: PixelRecipe? { nil }
  package var pages: PageFormat? { nil }
  package var notes: [String] { [] }
  package func check(_ tokenizer: Tokenizer) throws {}

  /// Whether queries and documents are read otherwise, and not by a prompt alone.
  package var namesTasks: Bool { lateInteraction != nil || pages != nil }
}

/// What happens to a text before the tokenizer sees it.
package enum TextStyle: Sendable {
  /// Nothing, unless the folder's files say so.
  case plain
  /// What sentence-transformers does: white space around a text is dropped, and where the folder
  /// names no limit of its own, the tokenizer's counts.
  case sentenceTransformers
  /// Nothing; where the folder names no limit of its own, the tokenizer's counts, as with a processor of
  /// transformers.
  case processor
  /// Each character in lower case.
  case lowercase
}

/// The names of a family's stages, as far as studies look for them.
package struct StageNames: Sendable {
  /// Attention weights of the encoder's layers, `#` for the layer's number.
  package let attention: String
  /// Those of the tower that reads pictures; nil where there is none.
  package let towerAttention: String?
  /// How all stages of that tower begin.
  package let towerPrefix: String?
  /// What the first layer of either stack reads, if that is a stage.
  package let inputs: [String]

  package init(
    attention: String, towerAttention: String? = nil, towerPrefix: String? = nil,
    inputs: [String] = []
  ) {
    self.attention = attention
    self.towerAttention = towerAttention
    self.towerPrefix = towerPrefix
    self.inputs = inputs
  }
}
