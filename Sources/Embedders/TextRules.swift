import Foundation
import TesseraModels
import TesseraTokenizers

/// What sentence-transformers does to a text before the tokenizer sees it, and its limit.
struct TextRules: Sendable {
  /// Tokens, special ones included; nil where the folder names no limit.
  let maximumTokens: Int?
  private let isStripping: Bool
  private let isLowercasing: Bool
  private let prompt: String

  /// - Parameter tokenizer: for a model that sentence-transformers runs: it drops white space
  ///   around a text, and takes the tokenizer's limit where the folder names none of its own.
  ///   Other libraries do neither, and pass nil.
  init(_ layout: SentenceTransformersLayout, tokenizer: Tokenizer?) throws {
    isStripping = tokenizer != nil
    let sentence = try ConfigFile(
      ifPresent: layout.transformerFolder.appending(path: "sentence_bert_config.json"))?
      .decode(SentenceConfig.self)
    maximumTokens = sentence?.max_seq_length ?? tokenizer?.modelMaxLength
    isLowercasing = sentence?.do_lower_case ?? false
    if let limit = sentence?.max_seq_length, limit <= 0 {
      throw ConfigFileError(
        file: "sentence_bert_config.json",
        reason: "max_seq_length is \(limit); expected a positive number")
    }

    let prompts = try ConfigFile(
      ifPresent: layout.folder.appending(path: "config_sentence_transformers.json"))?
      .decode(PromptConfig.self)
    if let name = prompts?.default_prompt_name {
      guard let prompt = prompts?.prompts?[name] else {
        throw ConfigFileError(
          file: "config_sentence_transformers.json",
          reason: "default_prompt_name is \"\(name)\", which prompts does not have")
      }
      self.prompt = prompt
    } else {
      prompt = ""
    }
  }

  func applied(to text: String) -> String {
    var text = prompt.isEmpty ? text : prompt + text
    if isStripping { text = PythonText.stripped(text) }
    return isLowercasing ? PythonText.lowercased(text) : text
  }

  // The keys as the files spell them.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct SentenceConfig: Decodable {
    let max_seq_length: Int?
    let do_lower_case: Bool?
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct PromptConfig: Decodable {
    let prompts: [String: String]?
    let default_prompt_name: String?
  }
}
