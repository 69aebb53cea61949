/// The part of the pipeline that turns pieces of text into tokens of the vocabulary.
protocol Model: Sendable {
  associatedtype Index: TokenIndex

  var vocabulary: Vocabulary<Index> { get }
  // Stated here, so that they are compiled for each model's own index.
  var tokenCount: Int { get }
  func id(_ token: String) -> Int?
  func token(_ id: Int) -> String?
  /// The id of the token that stands for what the vocabulary lacks.
  var unknownID: Int? { get }

  /// Appends the tokens of each piece of `text`.
  func tokenize(_ text: PreTokenizedText, into tokens: inout TokenList)
}

extension Model {
  var tokenCount: Int { vocabulary.count }

  func id(_ token: String) -> Int? { vocabulary.id(token) }

  func token(_ id: Int) -> String? { vocabulary.token(id) }
}

/// The tokens of a text while they are being gathered.
struct TokenList {
  private(set) var ids: [Int] = []
  private(set) var unknownText = UnknownText()
  /// The first token of each word, and the word as the model got it; empty unless asked for.
  private(set) var words: [(firstToken: Int, text: ArraySlice<UInt8>)] = []
  private let recordsWords: Bool

  init(recordingWords: Bool = false) { recordsWords = recordingWords }

  /// Says that the tokens that follow are those of a word.
  mutating func beginWord(_ text: @autoclosure () -> ArraySlice<UInt8>) {
    if recordsWords { words.append((ids.count, text())) }
  }

  mutating func append(_ id: Int32) { ids.append(Int(id)) }

  mutating func append(_ id: Int) { ids.append(id) }

  /// Appends the unknown token, and notes the stretch of text that it stands for.
  mutating func appendUnknown(_ id: Int32, for text: ArraySlice<UInt8>) {
    ids.append(Int(id))
    noteUnknown(text)
  }

  /// Notes a stretch of unknown text whose token, if any, is appended by other means.
  mutating func noteUnknown(_ text: ArraySlice<UInt8>) { unknownText.note(text) }
}
