import TesseraCheckpoints
import TesseraImages
import TesseraJSON

/// What is written about a picture.
package enum WritingTask: String, Sendable, CaseIterable {
  /// What is on it, behind a prompt if one is given.
  case caption
  /// The answer to a question.
  case answer
}

/// A family whose models write texts about pictures. It has no vectors, and so is no `ModelFamily`.
package protocol WritingFamily: Sendable {
  /// As in `ModelFamily`.
  static var modelTypes: [String] { get }
  static func accepts(_ folder: ModelFiles) throws -> Bool
  static var quantizedLayers: [String] { get }
  static var unusedTensors: [String] { get }

  static var task: WritingTask { get }

  /// Reads and checks the configuration; no weight is needed for it.
  ///
  /// - Throws: `FieldError`, naming the file and the key.
  init(_ folder: ModelFiles) throws

  var format: WritingFormat { get }

  /// - Throws: `WeightsError`.
  func model(_ weights: Weights) throws -> any WritingModel
}

/// What is known of a writing model without its weights.
package struct WritingFormat: Sendable {
  package let pixels: PixelRecipe
  /// Tokens that a picture becomes.
  package let pictureTokens: Int
  package let vocabularySize: Int
  /// Tokens that a text may have, prompt included.
  package let positions: Int
  /// The token that ends a text.
  package let end: Int
  /// The stage that says what the text's tokens looked at, `#` for the layer's number: the picture,
  /// or the question's tokens.
  package let crossAttention: String
  /// The stage that says what a question's tokens looked at in the picture; nil for a model without
  /// questions.
  package let questionAttention: String?

  package init(
    pixels: PixelRecipe, pictureTokens: Int, vocabularySize: Int, positions: Int, end: Int,
    crossAttention: String, questionAttention: String? = nil
  ) {
    self.pixels = pixels
    self.pictureTokens = pictureTokens
    self.vocabularySize = vocabularySize
    self.positions = positions
    self.end = end
    self.crossAttention = crossAttention
    self.questionAttention = questionAttention
  }
}

extension Families {
  /// The families that write.
  package static let writing: [any WritingFamily.Type] = [
    BLIPCaptionFamily.self, BLIPAnswerFamily.self,
  ]

  /// Finds the family of a folder that writes, and reads its configuration.
  ///
  /// - Throws: `FolderPurposeError` for a folder of another use; `FieldError`.
  package static func family(of folder: ModelFiles, for task: WritingTask) throws
    -> any WritingFamily
  {
    let found = try writingType(of: folder)
    guard let found else {
      // Says what is wrong with a folder of no known kind.
      _ = try family(of: folder)
      throw FolderPurposeError(has: nil, wanted: task)
    }
    guard found.task == task else { throw FolderPurposeError(has: found.task, wanted: task) }
    return try found.init(folder)
  }

  /// Nil where no family of those that write knows the folder.
  package static func writingType(of folder: ModelFiles) throws -> (any WritingFamily.Type)? {
    let name = try folder.config.string("model_type")
    return try writing.first { try $0.modelTypes.contains(name) && $0.accepts(folder) }
  }
}

/// A folder that answers in conversations, and is asked for vectors.
package struct ChatFolderError: Error, Equatable, CustomStringConvertible {
  package var description: String {
    "this model answers in conversations: use tessera chat; it has no vectors"
  }
}

/// A folder that is asked for what it cannot do.
package struct FolderPurposeError: Error, Equatable, CustomStringConvertible {
  /// What it does; nil for vectors.
  package let has: WritingTask?
  /// What it is asked for; nil for vectors.
  package let wanted: WritingTask?

  package var description: String {
    let purpose =
      switch has {
      case .caption: "this model writes captions of pictures: use tessera caption"
      case .answer: "this model answers questions about pictures: use tessera answer"
      case nil: "this model makes vectors: use tessera encode, similarity, rank or index"
      }
    let lack =
      switch wanted {
      case .caption: "it writes no captions"
      case .answer: "it answers no questions"
      case nil: "it has no vectors"
      }
    return "\(purpose); \(lack)"
  }
}
