import TesseraEmbedders

/// Which of the folder's prompts stands before a request's texts, in the words of its client.
struct PromptChoice {
  static let fields = ["prompt_name", "input_type", "task"]

  let embedder: Embedder

  /// Words of `input_type` and `task` that tell queries from what is searched: Cohere's, Jina's, and
  /// those of others.
  private static let roles: [String: Prompt] = [
    "search_query": .query, "retrieval.query": .query, "query": .query,
    "search_document": .document, "retrieval.passage": .document, "passage": .document,
    "document": .document,
  ]
  private static let roleNames = [
    "query", "document", "passage", "corpus", "retrieval.query", "retrieval.passage",
  ]
  /// Words that change nothing where the folder has no prompts.
  private static let tasks = ["classification", "clustering", "text-matching", "separation"]

  /// - Returns: nil where the client names none.
  /// - Throws: `Problem`, with the names that the folder has.
  func prompt(_ fields: RequestFields) throws -> Prompt? {
    let given = try Self.fields.compactMap { key in try fields.string(key).map { (key, $0) } }
    guard given.count <= 1 else {
      let keys = given.map { "'\($0.0)'" }.joined(separator: " and ")
      throw Problem(.invalid, "\(keys) are given; expected one of them", field: given[1].0)
    }
    guard let (key, name) = given.first else { return nil }
    return key == "prompt_name" ? try named(name, key) : try task(name, key)
  }

  private func named(_ name: String, _ key: String) throws(Problem) -> Prompt {
    guard embedder.prompts[name] != nil else { throw unknown(name, key) }
    return .named(name)
  }

  private func task(_ name: String, _ key: String) throws(Problem) -> Prompt? {
    let prompts = embedder.prompts
    if prompts[name] != nil { return .named(name) }
    // A picture by itself has no text for a prompt to stand before.
    if name == "image" { return nil }
    if let role = Self.roles[name] {
      guard prompts.isEmpty || Self.roleNames.contains(where: { prompts[$0] != nil }) else {
        throw unknown(name, key)
      }
      return role
    }
    if let same = prompts.keys.sorted().first(where: { $0.lowercased() == name.lowercased() }) {
      return .named(same)
    }
    guard prompts.isEmpty, Self.tasks.contains(name) else { throw unknown(name, key) }
    return nil
  }

  private func unknown(_ name: String, _ key: String) -> Problem {
    let error = EmbedderError.noSuchPrompt(
      name: String(name.prefix(80)), known: embedder.prompts.keys.sorted())
    return Problem(.invalid, "'\(key)': \(error)", field: key)
  }
}

extension [Item] {
  /// The same items behind a prompt.
  func behind(_ prompt: Prompt?) -> [Item] {
    guard let prompt else { return self }
    return map { Item(text: $0.text, image: $0.image, prompt: prompt) }
  }
}
