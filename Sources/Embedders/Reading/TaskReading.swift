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
  /// A token of queries whose place it takes, too: Stanford's code fills up, then replaces padding.
  private let replacedID: Int?
  /// Tokens that the model can read.
  private let maximum: Int

  private struct Marker {
    let words: String
    /// The token that all of the words are, or the first of them; nil where they are text like any
    /// other.
    let id: Int?
    /// What of them is text.
    let rest: String

    /// - Throws: `EmbedderError` where no token stands for one of Stanford's layout.
    init(_ words: String, _ interaction: LateInteraction, _ tokenizer: Tokenizer) throws {
      self.words = words
      guard interaction.stanford == nil else {
        guard let token = tokenizer.id(words) ?? tokenizer.specialTokens.unknownID else {
          throw EmbedderError.noMarker(words)
        }
        (id, rest) = (token, "")
        return
      }
      let first = String(words.prefix { !$0.isWhitespace })
      let token = [words, first].first { !$0.isEmpty && tokenizer.id($0) != nil }
      id = token.flatMap(tokenizer.id)
      rest = String(words.dropFirst(token?.count ?? 0))
    }
  }

  /// - Throws: `EmbedderError` where the vocabulary lacks a marker or what queries are filled up with, or
  ///   they would be longer than the model reads.
  init(_ interaction: LateInteraction, _ tokenizer: Tokenizer, maximum: Int) throws {
    self.interaction = interaction
    self.tokenizer = tokenizer
    self.maximum = maximum
    markers = try interaction.markers.mapValues { try Marker($0, interaction, tokenizer) }
    let special = tokenizer.specialTokens
    let filling = special.maskID ?? (interaction.stanford == nil ? special.eosID : nil)
    expansionID = interaction.expansion?.token.map(tokenizer.id) ?? filling
    replacedID = interaction.stanford == nil ? nil : special.padID
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
    let wording = wording(of: text, prompt: prompt, task: task, rules, limit: limit)
    let encoding = wording.encoding(tokenizer)
    let expansion = expansion(of: task)
    let count = encoding.ids.count
    let missing = max(0, (expansion?.length ?? 0) - count)
    var ids = encoding.ids + Array(repeating: expansionID ?? 0, count: missing)
    if task == .query, let expansionID { ids = ids.map { $0 == replacedID ? expansionID : $0 } }
    return TextReader.ReadText(
      encoding: encoding,
      input: ModelInput(
        ids: ids, task: task,
        attendedTokens: missing > 0 && expansion?.isAttended == false ? count : nil))
  }

  private func expansion(of task: TextTask?) -> QueryExpansion? {
    task == .query ? interaction.expansion : nil
  }

  /// Tokens that a text of a task may have; nil where the folder does not say.
  private func length(of task: TextTask?) -> Int? {
    guard let task else { return nil }
    guard let expansion = expansion(of: task) else { return interaction.lengths[task] }
    return expansion.isFixed
      ? expansion.length : interaction.lengths[task].map { max($0, expansion.length) }
  }

  /// What the tokenizer gets of a text; the parameters are those of `read`.
  func wording(
    of text: String, prompt: String, task: TextTask?, _ rules: TextRules, limit: Int
  ) -> TextReader.Wording {
    let limit = min(maximum, length(of: task) ?? limit)
    guard let marker = task.flatMap({ markers[$0] }) else {
      return .init(text: rules.applied(to: text, prompt: prompt), limit: limit)
    }
    let prompt = prompt.hasPrefix(marker.words) ? prompt.dropFirst(marker.words.count) : prompt[...]
    return .init(
      text: rules.applied(to: text, prompt: marker.rest + prompt),
      limit: marker.id == nil ? limit : max(1, limit - 1), marker: marker.id)
  }
}
