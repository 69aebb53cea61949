import TesseraModels
import TesseraTokenizers

/// How queries and documents are read by a model that gives each token a vector.
struct TaskReading: Sendable {
  private let interaction: LateInteraction
  private let tokenizer: Tokenizer
  /// What stands before a task's words.
  private let markers: [TextTask: Marker]
  /// What a query is filled up with.
  private let expansionID: Int?
  /// Tokens that the model can read.
  private let maximum: Int

  private struct Marker {
    let words: String
    /// The token that all of the words are, or the first of them; nil where they are text like any
    /// other.
    let id: Int?
    /// What of them is text.
    let rest: String

    init(_ words: String, _ tokenizer: Tokenizer) {
      self.words = words
      let first = String(words.prefix { !$0.isWhitespace })
      let token = [words, first].first { !$0.isEmpty && tokenizer.id($0) != nil }
      id = token.flatMap(tokenizer.id)
      rest = String(words.dropFirst(token?.count ?? 0))
    }
  }

  /// - Throws: `EmbedderError` where the vocabulary lacks what queries are filled up with, or they would
  ///   be longer than the model reads.
  init(_ interaction: LateInteraction, _ tokenizer: Tokenizer, maximum: Int) throws {
    self.interaction = interaction
    self.tokenizer = tokenizer
    self.maximum = maximum
    markers = interaction.markers.mapValues { Marker($0, tokenizer) }
    let special = tokenizer.specialTokens
    expansionID = interaction.expansion?.token.map(tokenizer.id) ?? special.maskID ?? special.eosID
    if let expansion = interaction.expansion {
      guard expansionID != nil else {
        throw EmbedderError.noExpansionToken(expansion.token ?? "[MASK]")
      }
      guard expansion.length <= maximum else {
        throw EmbedderError.expansionTooLong(tokens: expansion.length, limit: maximum)
      }
    }
  }

  /// - Parameters:
  ///   - prompt: the words of the text's prompt.
  ///   - limit: tokens where the task has no length of its own.
  func read(
    _ text: String, prompt: String, task: TextTask?, _ rules: TextRules, limit: Int
  ) -> TextReader.ReadText {
    let expansion = task == .query ? interaction.expansion : nil
    let limit = min(maximum, length(of: task, expansion) ?? limit)
    let encoding = encoding(of: text, prompt, task.flatMap { markers[$0] }, rules, limit: limit)
    let count = encoding.ids.count
    let missing = max(0, (expansion?.length ?? 0) - count)
    let ids = encoding.ids + Array(repeating: expansionID ?? 0, count: missing)
    return TextReader.ReadText(
      encoding: encoding,
      input: ModelInput(
        ids: ids, task: task,
        attendedTokens: missing > 0 && expansion?.isAttended == false ? count : nil))
  }

  /// Tokens that a text of a task may have; nil where the folder does not say.
  private func length(of task: TextTask?, _ expansion: QueryExpansion?) -> Int? {
    guard let task else { return nil }
    guard let expansion else { return interaction.lengths[task] }
    return expansion.isFixed
      ? expansion.length : interaction.lengths[task].map { max($0, expansion.length) }
  }

  private func encoding(
    of text: String, _ prompt: String, _ marker: Marker?, _ rules: TextRules, limit: Int
  ) -> Encoding {
    guard let marker else {
      return tokenizer.encode(rules.applied(to: text, prompt: prompt), maxLength: limit)
    }
    let prompt = prompt.hasPrefix(marker.words) ? prompt.dropFirst(marker.words.count) : prompt[...]
    let words = rules.applied(to: text, prompt: marker.rest + prompt)
    guard let id = marker.id else { return tokenizer.encode(words, maxLength: limit) }
    return tokenizer.encode(words, maxLength: max(1, limit - 1)).marked(by: id)
  }
}
