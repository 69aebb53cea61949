import TesseraJSON

/// What a text is asked for: models that were trained on both read them otherwise.
package enum TextTask: String, Sendable, CaseIterable {
  case query, document
}

/// How a text becomes a vector for each of its tokens, as the folder describes it.
///
/// Khattab and Zaharia, "ColBERT"; sentence-transformers' `MultiVectorEncoder`, and the folders of
/// PyLate, which it reads too; Stanford's own, in `StanfordColBERT.swift`.
package struct LateInteraction: Sendable {
  /// Tokens that a text of a task may have, special ones included.
  package let lengths: [TextTask: Int]
  package let expansion: QueryExpansion?
  /// What stands before the words of a task, where the vocabulary has it as one token.
  package let markers: [TextTask: String]
  /// Tokens, as the vocabulary spells them, that get no vector, and in which tasks.
  let skippedWords: [String]
  let skippingTasks: Set<TextTask>
  /// Of all but queries, the only tokens that get one; nil for any.
  let keptIDs: Set<Int>?
  /// What Stanford's layout says beside; nil in others.
  ///
  /// There, a marker is one token even where the vocabulary lacks it: the unknown one. A skipped word is
  /// the first token that it becomes, and the padding's token counts nowhere, though a text spells it.
  package let stanford: StanfordColBERT?

  init(
    lengths: [TextTask: Int], expansion: QueryExpansion?, markers: [TextTask: String],
    skippedWords: [String], skippingTasks: Set<TextTask>, keptIDs: Set<Int>? = nil,
    stanford: StanfordColBERT? = nil
  ) {
    self.lengths = lengths
    self.expansion = expansion
    self.markers = markers
    self.skippedWords = skippedWords
    self.skippingTasks = skippingTasks
    self.keptIDs = keptIDs
    self.stanford = stanford
  }
}

/// Tokens behind a query up to a length, which match what its own words do not say.
package struct QueryExpansion: Sendable {
  /// Tokens that a query has then.
  package let length: Int
  /// Whether a longer one is cut to it.
  package let isFixed: Bool
  /// Whether the query's own tokens attend to them; they always attend to its own.
  package let isAttended: Bool
  /// As the vocabulary spells it; nil for the mask token, or the end token where there is none.
  package let token: String?

  fileprivate enum Strategy: String, CaseIterable { case fixed, min }

  fileprivate init(_ config: Config) throws {
    for member in try config.field.members()
    where !["strategy", "attend", "token", "length"].contains(member.key) {
      throw config.field.place.key(member.key).unsupported("this field")
    }
    length = try config.int("length", in: 1...1 << 20)
    isFixed = try config.required("strategy").choice() == Strategy.fixed
    isAttended = try config.optional("attend")?.bool() ?? false
    token = try config.optional("token")?.string()
  }

  /// One that every query is cut or filled up to, with the mask token.
  init(length: Int, isAttended: Bool) {
    (self.length, self.isAttended) = (length, isAttended)
    (isFixed, token) = (true, nil)
  }
}

extension LateInteraction {
  /// What sentence-transformers' own folders say.
  ///
  /// - Parameters:
  ///   - reading: the transformer's file.
  ///   - mask: `MultiVectorMask`'s; nil where it has none.
  /// - Throws: `FieldError`.
  init(_ reading: Config?, mask: Config?) throws {
    self.init(
      lengths: try Self.lengths(reading),
      expansion: try reading?.optionalObject("query_expansion").map(QueryExpansion.init),
      markers: [:], skippedWords: try mask?.strings("skiplist_words") ?? [],
      skippingTasks: Set(
        try mask?.optional("skiplist_tasks")?.elements().map { try $0.choice() } ?? [.document]),
      keptIDs: try mask?.optional("keep_only_token_ids")?.elements()
        .map { try $0.int(in: 0...1 << 30) }.asSet)
  }

  /// What PyLate's folders say, in `config_sentence_transformers.json`.
  ///
  /// - Throws: `FieldError`.
  init(pyLate config: Config) throws {
    let known = try Self.lengths(config)
    let expands = try config.optional("do_query_expansion")?.bool() ?? true
    let isAttended =
      try
      (config.optional("attend_to_expansion_tokens") ?? config.optional("attend_to_mask_tokens"))?
      .bool() ?? false
    let markers = ["query_prefix": TextTask.query, "document_prefix": .document]
    self.init(
      // What a query is filled up to is its length.
      lengths: known.filter { $0.key == .document },
      expansion: expands
        ? QueryExpansion(length: known[.query] ?? 32, isAttended: isAttended) : nil,
      markers: try markers.reduce(into: [:]) {
        $0[$1.value] = try config.optional($1.key)?.string()
      },
      skippedWords: try config.strings("skiplist_words") ?? Self.punctuation,
      skippingTasks: [.document])
  }

  /// Python's `string.punctuation`.
  static let punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".map(String.init)

  private static func lengths(_ config: Config?) throws -> [TextTask: Int] {
    try ["query_length": TextTask.query, "document_length": .document].reduce(into: [:]) {
      $0[$1.value] = try config?.optional($1.key)?.int(in: 1...1 << 30)
    }
  }
}

extension Config {
  fileprivate func strings(_ key: String) throws -> [String]? {
    try optional(key)?.elements().map { try $0.string() }
  }
}

extension [Int] {
  fileprivate var asSet: Set<Int> { Set(self) }
}
