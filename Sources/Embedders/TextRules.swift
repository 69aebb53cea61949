import Foundation

/// What sentence-transformers does to a text before the tokenizer sees it, and its limit.
struct TextRules: Sendable {
  /// Tokens, special ones included; nil where the folder names no limit.
  let maximumTokens: Int?
  private let isLowercasing: Bool
  private let prompt: String

  init(folder: URL, transformerFolder: URL) throws {
    let sentence = try ConfigFile(
      ifPresent: transformerFolder.appending(path: "sentence_bert_config.json"))?
      .decode(SentenceConfig.self)
    maximumTokens = sentence?.max_seq_length
    isLowercasing = sentence?.do_lower_case ?? false

    let prompts = try ConfigFile(
      ifPresent: folder.appending(path: "config_sentence_transformers.json"))?
      .decode(PromptConfig.self)
    if let name = prompts?.default_prompt_name {
      guard let prompt = prompts?.prompts?[name] else {
        throw ConfigFileError.invalid(
          file: "config_sentence_transformers.json",
          reason: "default_prompt_name is \"\(name)\", which prompts does not have")
      }
      self.prompt = prompt
    } else {
      prompt = ""
    }
  }

  func applied(to text: String) -> String {
    let text = prompt.isEmpty ? text : prompt + text
    return isLowercasing ? text.lowercased() : text
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
