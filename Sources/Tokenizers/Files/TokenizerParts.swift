import TesseraJSON

/// What the files of a tokenizer say, whatever their layout: the parts that it is built from.
struct TokenizerParts {
  /// Where the parts come from, for error messages.
  let place: FilePlace
  let model: any Model
  var normalizer: (any Normalizer)?
  var preTokenizer: (any PreTokenizer)?
  var postProcessor = PostProcessor.none
  var decoder: any Decoder = SpacingDecoder()
  private(set) var addedTokens: [AddedToken] = []
  /// The added tokens by their exact spelling: as strings, é and e with an accent would be equal.
  private(set) var addedIDs: [[UInt8]: Int] = [:]
  /// The id for the next token that the model does not have.
  private(set) var nextID: Int
  /// Whether special tokens in a text are split like any other part of it.
  var splitsSpecialTokens = false
  /// What a user should know of the files.
  var notes: [String] = []
  var truncation: TruncationSettings?
  var padding: PaddingSettings?

  init(place: FilePlace, model: any Model) {
    self.place = place
    self.model = model
    nextID = model.tokenCount
  }

  /// Adds a token with the id that the reference gives it: the model's, or the next free one.
  mutating func add(_ token: AddedToken, at place: FilePlace) throws {
    guard !token.content.isEmpty else { throw place.inconsistent("an added token is empty") }
    guard addedIDs[token.spelling] == nil else {
      throw place.inconsistent("\"\(token.content)\" is added twice")
    }
    try requireID(of: token, at: place)
    addedTokens.append(token)
    if token.id == nextID { nextID += 1 }
    addedIDs[token.spelling] = token.id
  }

  /// Adds a token, or puts its flags in place of those that it has.
  mutating func addOrChange(_ token: AddedToken, at place: FilePlace) throws {
    guard let index = addedTokens.firstIndex(where: { $0.spelling == token.spelling }) else {
      return try add(token, at: place)
    }
    guard addedTokens[index].id == token.id else {
      throw place.inconsistent(
        "\"\(token.content)\" has the id \(token.id), but \(addedTokens[index].id) in \(self.place.file)"
      )
    }
    addedTokens[index] = token
  }

  private func requireID(of token: AddedToken, at place: FilePlace) throws {
    let expected = model.id(token.content) ?? nextID
    guard token.id == expected else {
      throw place.inconsistent(
        "\"\(token.content)\" has the id \(token.id), but the vocabulary makes it \(expected)")
    }
  }

  func id(_ token: String) -> Int? { addedIDs[Array(token.utf8)] ?? model.id(token) }

  /// Whether a space is put before a text; nil where nothing in the files asks that.
  var addsPrefixSpace: Bool? {
    if let byteLevel = preTokenizer as? ByteLevel { return byteLevel.addsPrefixSpace }
    if let metaspace = preTokenizer as? Metaspace { return metaspace.prepends }
    return nil
  }
}

/// How a tokenizer.json would cut long texts.
///
/// The library leaves that to the caller.
package struct TruncationSettings: Equatable, Sendable {
  /// In tokens, special tokens included.
  package let maximumLength: Int
  package let stride: Int
  package let side: TextSide
}

/// How a tokenizer.json would fill up short texts.
///
/// The library leaves that to the caller.
package struct PaddingSettings: Equatable, Sendable {
  /// Nil: to the longest text of a batch.
  package let fixedLength: Int?
  package let multipleOf: Int?
  package let padID: Int
  package let padToken: String
  package let side: TextSide
}

package enum TextSide: String, Equatable, Sendable {
  case left = "Left"
  case right = "Right"
}

extension Field {
  func truncation() throws -> TruncationSettings {
    try allowOnly("direction", "max_length", "strategy", "stride")
    return TruncationSettings(
      maximumLength: try required("max_length").count(),
      stride: try optional("stride")?.count() ?? 0,
      side: try optional("direction")?.side() ?? .right)
  }

  func padding() throws -> PaddingSettings {
    try allowOnly(
      "strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token")
    let strategy = try required("strategy")
    var fixedLength: Int?
    if case .object = strategy.value {
      fixedLength = try strategy.required("Fixed").count()
    } else if try strategy.string() != "BatchLongest" {
      throw strategy.wrongType("\"BatchLongest\" or a fixed length")
    }
    return PaddingSettings(
      fixedLength: fixedLength,
      multipleOf: try optional("pad_to_multiple_of")?.count(),
      padID: try required("pad_id").count(),
      padToken: try required("pad_token").string(),
      side: try optional("direction")?.side() ?? .right)
  }

  private func side() throws -> TextSide {
    guard let side = TextSide(rawValue: try string()) else {
      throw wrongType("\"Left\" or \"Right\"")
    }
    return side
  }
}
