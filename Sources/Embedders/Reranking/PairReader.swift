import TesseraJSON
import TesseraModels
import TesseraTokenizers

/// Turns pairs of texts into ids, within the model's limit.
struct PairReader: Sendable {
  let tokenizer: Tokenizer
  /// Tokens that are read, special ones included.
  let limit: Int
  private let family: any ClassifierFamily
  private let rules: TextRules
  /// Before the first text.
  private let prompt: String
  /// The folder's own template, which reads the prompt too; nil where the family knows the sequence. A
  /// classifier's may suit conversations only: then it scores single texts.
  private let asked: Result<PairPrompt?, any Error>
  private let truncation: PairTruncation
  private let readsTypes: Bool

  /// Reads the vocabulary.
  ///
  /// - Throws: what is wrong with a file, or `EmbedderError.limitTooLow`.
  init(
    _ folder: ModelFiles, _ family: any ClassifierFamily, _ options: Reranker.Options
  ) throws {
    tokenizer = try Tokenizer(folder)
    try family.check(tokenizer)
    // Where no release of sentence-transformers wrote the folder, texts are transformers' own.
    let style: TextStyle =
      try folder.isOlderSentenceTransformers() == nil ? .plain : .sentenceTransformers
    rules = try TextRules(folder, style, tokenizer, whiteSpace: options.whiteSpace)
    let words = try rules.prompts.resolved(options.prompt).text
    let asked = Result { [tokenizer] in
      try PairPrompt(folder, tokenizer, instruction: words)
    }
    if folder.answersByLogits { _ = try asked.get() }
    let question = try? asked.get()
    prompt = question == nil ? words : ""
    let own = family.format.maximumTextTokens(besideImage: false)
    let fixed =
      if let question { try question.fixedTokenCount() } else { family.fixedTokenCount(tokenizer) }
    let minimum = fixed + 1
    let limits = [
      own, rules.usualTokens(family.format, asked: options.maxLength),
      rules.maximumTokens ?? tokenizer.modelMaxLength, options.maxLength,
    ]
    limit = limits.compactMap { $0 }.min() ?? own
    guard limit >= minimum else {
      throw EmbedderError.limitTooLow(limit: limit, minimum: minimum)
    }
    truncation = options.truncation == .onlySecond ? .onlySecond : .longestFirst
    readsTypes =
      try family.format.tokenTypeCount > 1 && folder.tokenizerGivesTypes()
    self.family = family
    self.asked = asked
    // That the tokenizer knows no pairs is the folder's fault, and no pair's.
    _ = try family.sequence(
      of: "", and: "", tokenizer, limit: limit, truncation: truncation)
  }

  func input(of pair: TextPair) throws(EmbedderError) -> PreparedPair {
    let encoding = try encoding(of: pair)
    guard !encoding.ids.isEmpty else { throw .noTokens }
    let size = family.format.vocabularySize
    if let id = encoding.ids.first(where: { $0 >= size }) {
      throw .tokenOutsideVocabulary(id: id, vocabularySize: size)
    }
    let count = family.format.tokenTypeCount
    if readsTypes, let type = encoding.typeIDs.first(where: { $0 >= count }) {
      throw .tokenOutsideVocabulary(id: type, vocabularySize: count)
    }
    let types = readsTypes && encoding.typeIDs.contains { $0 != 0 } ? encoding.typeIDs : nil
    return PreparedPair(
      input: ModelInput(ids: encoding.ids, typeIDs: types),
      truncation: encoding.isTruncated
        ? .init(kept: encoding.ids.count, total: encoding.totalCount) : nil,
      unknownWords: encoding.unknownText.count > 0
        ? .init(count: encoding.unknownText.count, examples: encoding.unknownText.examples) : nil)
  }

  private func encoding(of pair: TextPair) throws(EmbedderError) -> Encoding {
    let first = rules.applied(to: pair.first, prompt: prompt)
    let second = pair.second.map { rules.applied(to: $0, prompt: "") }
    do {
      if let second, let asked = try asked.get() {
        return try asked.encoding(query: first, passage: second, limit: limit)
      }
      return try family.sequence(
        of: first, and: second, tokenizer, limit: limit, truncation: truncation)
    } catch PairError.firstTooLong(let tokens, let room) {
      throw .firstTextTooLong(tokens: tokens, room: room)
    } catch {
      throw .unusablePair(reason: "\(error)")
    }
  }
}

/// A pair ready for the model.
package struct PreparedPair: Sendable {
  let input: ModelInput
  package let truncation: Embedding.Truncation?
  let unknownWords: Embedding.UnknownWords?

  package var tokenCount: Int { input.ids.count }
}

extension ModelFiles {
  /// Classes of transformers whose tokenizers give no types of tokens.
  private static let typeless = [
    "Roberta", "XLMRoberta", "Camembert", "MPNet", "DistilBert", "ModernBert",
  ]

  /// Whether the reference's tokenizer hands types of tokens to the model.
  ///
  /// - Throws: `FieldError`.
  func tokenizerGivesTypes() throws -> Bool {
    guard let config = try config(ifPresent: "tokenizer_config.json") else { return true }
    if let names = try config.optional("model_input_names") {
      return try names.elements().contains { try $0.string() == "token_type_ids" }
    }
    let name = try config.optional("tokenizer_class")?.string() ?? ""
    return !Self.typeless.contains { name == "\($0)Tokenizer" || name == "\($0)TokenizerFast" }
  }
}
