import TesseraJSON
import TesseraModels

/// The prompts of a folder: `prompts` and `default_prompt_name` in
/// `config_sentence_transformers.json`, and the tasks of its model.
struct Prompts: Sendable {
  let texts: [String: String]
  let defaultName: String?

  /// The name that sentence-transformers' `encode_query` tries, and behind it Jina's.
  private static let queryNames = ["query", "retrieval.query"]
  /// Names that its `encode_document` tries, in this order, and behind them Jina's.
  private static let documentNames = ["document", "passage", "corpus", "retrieval.passage"]

  /// - Parameter tasks: the model's, with their words; the file's own words count.
  /// - Throws: `FieldError`, for a default that `prompts` does not have too.
  init(_ config: Config?, tasks: [String: String] = [:]) throws {
    let members = try config?.optionalObject("prompts")?.field.members() ?? []
    var texts = tasks
    for member in members where !member.value.isNull {
      texts[member.key] = try config?.object("prompts").string(member.key)
    }
    self.texts = texts
    let name = try config?.optional("default_prompt_name")
    defaultName = try name?.string()
    if let name, let defaultName, texts[defaultName] == nil {
      throw name.place.inconsistent("\"\(defaultName)\", which prompts does not have")
    }
  }

  /// The words for a prompt, with the name that the folder gives them.
  ///
  /// - Parameter prompt: nil for the folder's default.
  func resolved(_ prompt: Prompt?) throws(EmbedderError) -> (name: String?, text: String) {
    switch prompt {
    case nil: return standard
    case .text(let text): return (nil, text)
    case .named(let name):
      guard let text = texts[name] else {
        throw .noSuchPrompt(name: name, known: texts.keys.sorted())
      }
      return (name, text)
    case .nameOrText(let name): return texts[name].map { (name, $0) } ?? (nil, name)
    case .query: return role(Self.queryNames)
    case .document: return role(Self.documentNames)
    }
  }

  /// The same where names of tasks are no words, even where the folder has none for them.
  ///
  /// - Parameter namesTasks: whether they are.
  func resolved(
    _ prompt: Prompt?, namesTasks: Bool
  ) throws(EmbedderError) -> (name: String?, text: String) {
    guard namesTasks, let task = task(prompt) else { return try resolved(prompt) }
    return try resolved(task == .query ? .query : .document)
  }

  /// What a text with such a prompt is asked for; nil where that is not said.
  func task(_ prompt: Prompt?) -> TextTask? {
    switch prompt {
    case .query: .query
    case .document: .document
    case .named(let name), .nameOrText(let name):
      Self.queryNames.contains(name) ? .query : Self.documentNames.contains(name) ? .document : nil
    case .text, nil: nil
    }
  }

  private var standard: (name: String?, text: String) {
    (defaultName, defaultName.flatMap { texts[$0] } ?? "")
  }

  private func role(_ names: [String]) -> (name: String?, text: String) {
    if let name = names.first(where: { texts[$0] != nil }) { return (name, texts[name] ?? "") }
    let namesRoles = (Self.queryNames + Self.documentNames).contains { texts[$0] != nil }
    return namesRoles ? (nil, "") : standard
  }
}
