import Foundation
import TesseraJSON
import TesseraModels
import TesseraTemplates
import TesseraTokenizers

/// What sentence-transformers does to a text before the tokenizer sees it, and its limit.
struct TextRules: Sendable {
  /// Tokens, special ones included; nil where the folder names no limit.
  let maximumTokens: Int?
  /// Whether the folder itself names it.
  private let namesLimit: Bool
  let prompts: Prompts
  private let isStripping: Bool
  private let isLowercasing: Bool
  /// Without regard to what stands around a character, as tokenizers have it.
  private let isLowercasingCharacters: Bool

  /// - Parameters:
  ///   - whiteSpace: nil for what the folder's release of sentence-transformers did.
  ///   - tasks: the model's, with the words before their texts.
  /// - Throws: `FieldError`, naming the file and the key.
  init(
    _ folder: ModelFiles, _ style: TextStyle, _ tokenizer: Tokenizer, whiteSpace: WhiteSpace?,
    tasks: [String: String] = [:]
  ) throws {
    isLowercasingCharacters = style == .lowercase
    let isOlder = try folder.isOlderSentenceTransformers()
    let ownRule = style == .sentenceTransformers && isOlder ?? true
    isStripping = whiteSpace.map { $0 == .stripped } ?? ownRule
    let sentence = folder.sentenceConfig
    let limit = try sentence?.optional("max_seq_length")?.int(in: 1...1 << 30)
    namesLimit = limit != nil
    let heedsTokenizer = [.sentenceTransformers, .processor].contains(style)
    maximumTokens = limit ?? (heedsTokenizer ? tokenizer.modelMaxLength : nil)
    // Later releases let the tokenizer do it, see `Tokenizer(_ folder:)`.
    isLowercasing =
      try isOlder ?? true && sentence?.optional("do_lower_case")?.bool() ?? false
    prompts = try Prompts(folder.sentenceTransformersConfig, tasks: tasks)
  }

  /// The format's own limit where the folder and a caller name none.
  func usualTokens(_ format: any InputFormat, asked: Int?) -> Int? {
    namesLimit || asked != nil ? nil : format.usualTextTokens
  }

  /// The text as the tokenizer gets it, behind these words.
  func applied(to text: String, prompt: String) -> String {
    var text = prompt.isEmpty ? text : prompt + text
    if isStripping { text = PythonText.stripped(text) }
    if isLowercasingCharacters {
      text = text.unicodeScalars.map(\.properties.lowercaseMapping).joined()
    }
    return isLowercasing ? PythonText.lowercased(text) : text
  }
}

extension Tokenizer {
  /// The tokenizer of a model's folder, with what later releases of sentence-transformers put before
  /// its normalizer.
  ///
  /// - Throws: `TokenizerError`, `FieldError`.
  init(_ folder: ModelFiles) throws {
    let lowercases =
      try folder.isOlderSentenceTransformers() == false
      && folder.sentenceConfig?.optional("do_lower_case")?.bool() ?? false
    try self.init(folder: folder.transformerFolder, lowercasing: lowercases)
  }
}
