import TesseraJSON
import TesseraModels
import TesseraTokenizers

/// What sentence-transformers does to a text before the tokenizer sees it, and its limit.
struct TextRules: Sendable {
  /// Tokens, special ones included; nil where the folder names no limit.
  let maximumTokens: Int?
  private let isStripping: Bool
  private let isLowercasing: Bool
  /// Without regard to what stands around a character, as tokenizers have it.
  private let isLowercasingCharacters: Bool
  private let prompt: String

  /// - Throws: `FieldError`, naming the file and the key.
  init(_ folder: ModelFiles, _ style: TextStyle, _ tokenizer: Tokenizer) throws {
    isLowercasingCharacters = style == .lowercase
    isStripping = style == .sentenceTransformers
    let sentence = try folder.config(ifPresent: "sentence_bert_config.json")
    let limit = try sentence?.optional("max_seq_length")?.int(in: 1...1 << 30)
    maximumTokens = limit ?? (style == .sentenceTransformers ? tokenizer.modelMaxLength : nil)
    isLowercasing = try sentence?.optional("do_lower_case")?.bool() ?? false
    prompt = try Self.defaultPrompt(folder)
  }

  private static func defaultPrompt(_ folder: ModelFiles) throws -> String {
    let file = folder.folder.appending(path: "config_sentence_transformers.json")
    guard let config = try Config(ifPresent: file),
      let name = try config.optional("default_prompt_name")
    else { return "" }
    guard let prompt = try config.optionalObject("prompts")?.optional(name.string()) else {
      throw name.place.inconsistent("\"\(try name.string())\", which prompts does not have")
    }
    return try prompt.string()
  }

  func applied(to text: String) -> String {
    var text = prompt.isEmpty ? text : prompt + text
    if isStripping { text = PythonText.stripped(text) }
    if isLowercasingCharacters {
      text = text.unicodeScalars.map(\.properties.lowercaseMapping).joined()
    }
    return isLowercasing ? PythonText.lowercased(text) : text
  }
}
