import TesseraCheckpoints
import TesseraImages
import TesseraLayers
import TesseraTensors

/// A family whose models answer in a conversation, most of them about pictures too. It has no vectors,
/// and so is no `ModelFamily`.
///
/// The way of a conversation: its template becomes a prompt, in which each picture is one placeholder;
/// `prepare` makes its pictures ready, `expand` puts their tokens in the places of the placeholders,
/// the tokenizer makes ids of the text, and a session of the model reads them.
package protocol ChatFamily: Sendable {
  /// As in `ModelFamily`.
  static var modelTypes: [String] { get }
  static func accepts(_ folder: ModelFiles) throws -> Bool
  static var quantizedLayers: [String] { get }
  /// Those of them that are the decoder's, which may have four bits.
  static var fourBitLayers: [String] { get }
  static var unusedTensors: [String] { get }

  /// The stage of a language layer's attention, `#` for the layer's number, `*` for any characters.
  static var attention: String { get }

  /// Reads and checks the configuration; no weight is needed for it.
  ///
  /// - Throws: `FieldError`, naming the file and the key.
  init(_ folder: ModelFiles) throws

  var format: ChatFormat { get }

  /// What a user should know of how the folder was read; a line each.
  var notes: [String] { get }

  /// Makes the pictures of one conversation ready, in their order.
  ///
  /// What becomes of one may depend on how many there are, so that a conversation which gets another
  /// picture is prepared anew.
  ///
  /// - Parameter pictures: as decoded, or turned as they are shown.
  /// - Throws: `ChatError.noPictures` if the family reads none.
  func prepare(_ pictures: [Raster]) throws -> [PreparedPicture]

  /// Puts the tokens of each picture in the place of its placeholder.
  ///
  /// - Parameters:
  ///   - prompt: a rendered template, with one placeholder for each picture.
  ///   - pictures: as many.
  /// - Returns: What the tokenizer is to read.
  /// - Throws: `ChatError.pictureCount`.
  func expand(_ prompt: String, _ pictures: [PreparedPicture]) throws -> String

  /// What each token of a picture shows of it.
  func tokens(of picture: PreparedPicture) -> PictureTokens

  /// - Throws: `WeightsError`.
  func model(_ weights: Weights) throws -> any ChatModel
}

extension ChatFamily {
  package static func accepts(_ folder: ModelFiles) throws -> Bool { true }
  package var notes: [String] { [] }

  /// The prompt with what `text` makes of each picture in the place of its placeholder.
  ///
  /// - Throws: `ChatError.pictureCount`.
  func replacing(
    _ placeholder: String, in prompt: String, by pictures: [PreparedPicture],
    _ text: (PreparedPicture) -> String
  ) throws -> String {
    let parts = prompt.split(separator: placeholder, omittingEmptySubsequences: false)
    guard parts.count == pictures.count + 1 else {
      throw ChatError.pictureCount(placeholders: parts.count - 1, pictures: pictures.count)
    }
    return zip(parts.dropFirst(), pictures).reduce(String(parts[0])) { result, next in
      result + text(next.1) + next.0
    }
  }
}

/// What is known of a chat model without its weights.
package struct ChatFormat: Sendable {
  package let vocabularySize: Int
  /// Tokens that a conversation may have, answers included.
  package let positions: Int
  /// The tokens that end an answer: those of `generation_config.json`, or else of `config.json`.
  package let ends: Set<Int>
  /// The token whose vectors are those of a picture; nil for models that read no pictures.
  package let pictureToken: Int?

  package init(vocabularySize: Int, positions: Int, ends: Set<Int>, pictureToken: Int?) {
    self.vocabularySize = vocabularySize
    self.positions = positions
    self.ends = ends
    self.pictureToken = pictureToken
  }
}

/// A picture as a chat model reads it.
package struct PreparedPicture: Sendable {
  /// Pixels of all tiles, [tiles, 3, S, S].
  package let tiles: Tensor
  /// Rows and columns of the tiles that the picture was cut into, beside which it stands once more as
  /// a whole; both 0 where it was not cut.
  package let rows: Int
  package let columns: Int
  /// The file's, in pixels.
  package let originalSize: PixelSize
  /// How many tokens the model's vectors replace.
  package let tokenCount: Int
  /// The whole picture, which is one of the tiles, before it is normalised; nil once it was seen.
  package let whole: Pixels?

  package init(
    tiles: Tensor, rows: Int, columns: Int, originalSize: PixelSize, tokenCount: Int,
    whole: Pixels? = nil
  ) {
    self.whole = whole
    self.tiles = tiles
    self.rows = rows
    self.columns = columns
    self.originalSize = originalSize
    self.tokenCount = tokenCount
  }

  /// - Parameters:
  ///   - normalization: makes numbers of the tiles' bytes.
  ///   - whole: the tile that shows all of the picture.
  init(
    _ picture: TiledPicture, _ normalization: Normalization, tokenCount: Int, whole: Pixels?
  ) {
    let tiles = picture.tiles.map {
      Tensor(normalization($0), shape: [1, 3, $0.height, $0.width])
    }
    self.init(
      tiles: .concatenating(tiles), rows: picture.rows, columns: picture.columns,
      originalSize: picture.originalSize, tokenCount: tokenCount, whole: whole)
  }
}

extension [PreparedPicture] {
  /// What a model makes of all their tiles, of which it sees some at once: [tiles·T, C].
  ///
  /// - Parameter see: tiles of [3, S, S] each → [tiles·T, C].
  /// - Returns: Nil where there are none.
  func seen(trace: Trace?, _ see: ([Tensor]) throws -> Tensor) rethrows -> Tensor? {
    let tiles = flatMap { picture in
      (0..<picture.tiles.rowCount).map { picture.tiles.row($0) }
    }
    return tiles.isEmpty ? nil : try tiles.seen(trace: trace, see)
  }
}

extension [Tensor] {
  /// What a model makes of tiles, of which it sees some at once: [tiles·T, C].
  ///
  /// - Precondition: there is a tile.
  func seen(trace: Trace?, _ see: ([Tensor]) throws -> Tensor) rethrows -> Tensor {
    // A trace sees all at once, as the reference computes them.
    let size = trace == nil ? 4 : count
    return .concatenating(
      try stride(from: 0, to: count, by: size).map {
        try see([Tensor](self[$0..<Swift.min($0 + size, count)]))
      })
  }
}

extension Families {
  /// The families that chat.
  package static let chatting: [any ChatFamily.Type] = [
    SmolVLMFamily.self, LLaVAFamily.self, LanguageModelFamily.self,
  ]

  /// Nil where no family of those that chat knows the folder.
  package static func chatType(of folder: ModelFiles) throws -> (any ChatFamily.Type)? {
    let name = try folder.config.string("model_type")
    return try chatting.first { try $0.modelTypes.contains(name) && $0.accepts(folder) }
  }
}

/// Why a conversation cannot be read.
package enum ChatError: Error, Equatable, CustomStringConvertible {
  /// The model reads texts alone.
  case noPictures
  case pictureCount(placeholders: Int, pictures: Int)
  /// What was seen is not what the ids have places for.
  case pictureTokens(tokens: Int, vectors: Int)
  case tooLong(tokens: Int, limit: Int)

  package var description: String {
    switch self {
    case .noPictures: "this model reads texts, and no pictures"
    case .pictureCount(let placeholders, let pictures):
      "the prompt has places for \(placeholders) pictures, and there are \(pictures)"
    case .pictureTokens(let tokens, let vectors):
      "the prompt has \(tokens) tokens of pictures, which became \(vectors) vectors"
    case .tooLong(let tokens, let limit):
      "the conversation has \(tokens) tokens; this model reads \(limit) at most"
    }
  }
}
