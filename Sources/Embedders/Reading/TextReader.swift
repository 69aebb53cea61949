import Synchronization
import TesseraModels
import TesseraTokenizers

/// Turns texts into ids, within the model's limits.
package struct TextReader: Sendable {
  package let tokenizer: Tokenizer
  private let rules: TextRules
  /// What stands before texts that bring no prompt; nil for the folder's own.
  private let prompt: Prompt?
  /// Tokens of a prompt; nil where the model does not ask for them.
  private let promptLengths: PromptLengths?
  /// Whether special tokens stand around a text; without them, it may be empty.
  let addsSpecialTokens: Bool
  private let limitAlone: Int
  private let limitBesideImage: Int
  /// What fills every text, and up to how many tokens.
  private let padding: (id: Int, length: Int)?
  /// Of a model that gives each token a vector.
  private let tasks: TaskReading?
  /// Names of prompts for which the model has weights of its own.
  private let adapters: Set<String>
  /// Of a model that reads pages.
  private let pages: PageReading?

  /// Reads the vocabulary.
  ///
  /// - Throws: what is wrong with a file, or `EmbedderError.limitTooLow`.
  init(
    _ folder: ModelFiles, _ family: any ModelFamily, _ options: Embedder.Options
  ) throws {
    let tokenizer = try Tokenizer(folder)
    try family.check(tokenizer)
    let rules = try TextRules(
      folder, family.textStyle, tokenizer, whiteSpace: options.whiteSpace, tasks: family.tasks)
    _ = try rules.prompts.resolved(options.prompt, namesTasks: family.namesTasks)
    let format = family.format
    let minimum = max(1, tokenizer.specialTokenCount)
    let usual = rules.usualTokens(format, asked: options.maxLength)
    func limit(besideImage: Bool) throws -> Int {
      let own = format.maximumTextTokens(besideImage: besideImage)
      let file = family.readsSpecialTokens ? nil : tokenizer.fileTruncation?.maximumLength
      let limit = [own, usual, rules.maximumTokens, options.maxLength, file].compactMap { $0 }.min()
      guard let limit, limit >= minimum else {
        throw EmbedderError.limitTooLow(limit: limit ?? own, minimum: minimum)
      }
      return limit
    }
    limitAlone = try limit(besideImage: false)
    limitBesideImage = format.imageSize == nil ? limitAlone : try limit(besideImage: true)
    padding = format.textPadding.flatMap { padding in
      tokenizer.specialTokens.padID.map { ($0, padding.length) }
    }
    self.tokenizer = tokenizer
    self.rules = rules
    prompt = options.prompt
    promptLengths = family.poolsPrompts ? nil : PromptLengths()
    addsSpecialTokens = family.readsSpecialTokens
    adapters = Set(family.tasks.keys)
    pages = family.pages.map { PageReading($0, tokenizer) }
    tasks = try family.lateInteraction.map {
      try TaskReading($0, tokenizer, maximum: format.maximumTextTokens(besideImage: false))
    }
  }

  /// A text as a model reads it.
  struct ReadText {
    /// Its tokens, and what was lost on the way.
    let encoding: Encoding
    let input: ModelInput
  }

  /// - Parameter picture: what stands beside it.
  func read(
    _ text: String, _ prompt: Prompt?, beside picture: ModelInput.Picture?
  ) throws(EmbedderError) -> ReadText {
    let (name, words) = try self.prompt(prompt)
    let limit = limit(besideImage: picture != nil)
    if let tasks {
      return tasks.read(
        text, prompt: words, task: rules.prompts.task(prompt ?? self.prompt), rules, limit: limit)
    }
    if let pages {
      let task = rules.prompts.task(prompt ?? self.prompt)
      return try pages.read(rules.applied(to: text, prompt: words), task: task, limit: limit)
    }
    let encoding = tokenizer.encode(
      rules.applied(to: text, prompt: words), addSpecialTokens: addsSpecialTokens,
      maxLength: limit)
    let promptTokens =
      words.isEmpty ? 0 : promptLengths?.length(of: words) { self.promptTokens($0, limit) } ?? 0
    return ReadText(
      encoding: encoding,
      input: ModelInput(
        ids: padded(encoding.ids), picture: picture, promptTokens: promptTokens,
        adapter: name.flatMap { adapters.contains($0) ? $0 : nil }))
  }

  /// A page, whose words are the model's own.
  func read(_ page: ModelInput.Page) throws(EmbedderError) -> ReadText {
    guard let pages else { throw .imagesNotSupported }
    return try pages.read(page)
  }

  /// The ids as the model reads them: with the padding that it was trained on.
  private func padded(_ ids: [Int]) -> [Int] {
    guard let padding, ids.count < padding.length else { return ids }
    return ids + Array(repeating: padding.id, count: padding.length - ids.count)
  }

  /// The text as the tokenizer gets it.
  package func asRead(_ text: String, _ prompt: Prompt?) throws(EmbedderError) -> String {
    let words = rules.applied(to: text, prompt: try self.prompt(prompt).text)
    return pages?.words(words, rules.prompts.task(prompt ?? self.prompt)) ?? words
  }

  /// What the tokenizer gets of a text that stands by itself or beside a picture.
  package func wording(
    of text: String, _ prompt: Prompt?, besideImage: Bool
  ) throws(EmbedderError) -> Wording {
    let limit = limit(besideImage: besideImage)
    guard let tasks else { return Wording(text: try asRead(text, prompt), limit: limit) }
    return tasks.wording(
      of: text, prompt: try self.prompt(prompt).text,
      task: rules.prompts.task(prompt ?? self.prompt), rules, limit: limit)
  }

  /// What stands before a text.
  ///
  /// - Parameter prompt: the text's own.
  func prompt(
    _ prompt: Prompt?
  ) throws(EmbedderError) -> (name: String?, text: String) {
    try rules.prompts.resolved(prompt ?? self.prompt, namesTasks: tasks != nil || pages != nil)
  }

  /// As the reference counts them: the tokens of the prompt alone, without a special one at its end.
  private func promptTokens(_ prompt: String, _ limit: Int) -> Int {
    let ids = tokenizer.encode(rules.applied(to: "", prompt: prompt), maxLength: limit).ids
    let special = tokenizer.specialTokens
    let roles = [
      special.sepID, special.eosID, special.clsID, special.bosID, special.padID, special.maskID,
      special.unknownID,
    ]
    guard let last = ids.last, roles.contains(last) || special.all.contains(last) else {
      return ids.count
    }
    return ids.count - 1
  }

  /// Tokens that are read, special ones included.
  package func limit(besideImage: Bool) -> Int { besideImage ? limitBesideImage : limitAlone }
}

/// The numbers of tokens of prompts, each counted once.
private final class PromptLengths: Sendable {
  private let known = Mutex<[String: Int]>([:])

  func length(of prompt: String, _ count: (String) -> Int) -> Int {
    if let length = known.withLock({ $0[prompt] }) { return length }
    let length = count(prompt)
    known.withLock { $0[prompt] = length }
    return length
  }
}
