import Foundation
import TesseraJSON
import TesseraModels
import TesseraTokenizers

/// How a folder's own template asks a language model about a query and a passage: each is a turn of its
/// role, and the prompt, if there is one, the system's.
///
/// sentence-transformers' `Transformer` with `LogitScore` behind it, or as a classifier.
struct PairPrompt: Sendable {
  private let chat: ChatPrompt
  private let instruction: String
  private let tokenizer: Tokenizer
  /// What stands behind query and passage, which no limit cuts off: the answer follows it.
  private let ending: [Int]

  /// Nil where no template is asked for.
  ///
  /// - Throws: `TemplateError`, `FieldError` for a template that leaves out what it is given.
  init?(_ folder: ModelFiles, _ tokenizer: Tokenizer, instruction: String) throws {
    guard try folder.makesTurnsOfPairs() else { return nil }
    let chat = try ChatPrompt(folder, tokenizer, hasParts: false)
    guard !chat.namesParts else {
      throw FilePlace(file: chat.name).unsupported("a template of turns that have parts")
    }
    let (query, passage) = ("some query", "some passage")
    let probe = try Self.text(chat, instruction, query, passage)
    let words = instruction.trimmingCharacters(in: .whitespacesAndNewlines)
    for (role, text) in [("query", query), ("document", passage), ("system", words)]
    where !text.isEmpty && !probe.contains(text) {
      throw FilePlace(file: chat.name).inconsistent(
        "expected a turn of the role \"\(role)\" in what it makes of \"\(text)\", found none")
    }
    // Two texts of which neither ends as the other does.
    let rows = try ["0", "1 2 3 4"].map { filler in
      tokenizer.encode(
        try Self.text(chat, instruction, filler, filler), addSpecialTokens: false
      ).ids
    }
    let shared = zip(rows[0].reversed(), rows[1].reversed()).prefix { $0 == $1 }.count
    ending = Array(rows[0].suffix(shared))
    (self.chat, self.instruction, self.tokenizer) = (chat, instruction, tokenizer)
  }

  /// Tokens that every pair has beside those of its texts.
  func fixedTokenCount() throws -> Int { try encoded("", "", limit: nil).ids.count }

  /// - Throws: `TemplateError`.
  func encoding(query: String, passage: String, limit: Int) throws -> Encoding {
    let whole = try encoded(query, passage, limit: limit)
    return whole.isTruncated ? whole.ending(in: ending) : whole
  }

  private func encoded(_ query: String, _ passage: String, limit: Int?) throws -> Encoding {
    tokenizer.encode(
      try Self.text(chat, instruction, query, passage), addSpecialTokens: false, maxLength: limit)
  }

  private static func text(
    _ chat: ChatPrompt, _ instruction: String, _ query: String, _ passage: String
  ) throws -> String {
    var turns: [(role: String, words: String)] = [("query", query), ("document", passage)]
    if !instruction.isEmpty { turns.insert(("system", instruction), at: 0) }
    return try chat.text(of: turns)
  }
}

extension ModelFiles {
  /// Whether a pair is put into the folder's template: where `modality_config` knows messages, and for
  /// classifiers that sentence-transformers did not write, where there is a template.
  ///
  /// - Throws: `FieldError`.
  fileprivate func makesTurnsOfPairs() throws -> Bool {
    if answersByLogits { return true }
    guard try classifierArchitecture() != nil else { return false }
    if let modalities = try sentenceConfig?.optionalObject("modality_config") {
      return try modalities.optional("message") != nil
    }
    return try modules == nil && ChatPrompt.isTemplate(in: self)
  }

  /// Whether a language model's answers to a question are the scores, for which there must be a template.
  var answersByLogits: Bool { modules?.kinds.contains("LogitScore") ?? false }
}
