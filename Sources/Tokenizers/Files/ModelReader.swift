import TesseraJSON

/// The `model` of a tokenizer.json, read without knowing yet which model it is: `type` may stand
/// behind the vocabulary, and a quarter of a million entries must not become values in between.
struct ModelReader {
  private let place: FilePlace
  private var vocabulary: AnyVocabulary?
  private var merges: MergeList?
  private var members: [JSONValue.Member] = []

  private enum AnyVocabulary {
    /// Unigram's list, and the scores by id.
    case pieces(Vocabulary<Grove>, scores: [Double])
    case tokens(Vocabulary<Trie>)
  }

  init(_ json: inout JSONReader, at place: FilePlace) throws {
    self.place = place
    try json.readObject { key, json in
      switch key {
      case "vocab": try readVocabulary(&json)
      case "merges": try readMerges(&json)
      default: members.append(.init(key: key, value: try json.readValue()))
      }
    }
  }

  /// Builds the model.
  func model() throws -> any Model {
    let fields = Field(value: .object(members), place: place)
    guard let vocabulary else { throw place.key("vocab").missing }
    switch try fields.optional("type")?.string() ?? impliedType(fields) {
    case "WordPiece": return try wordPiece(vocabulary, fields)
    case "WordLevel": return try wordLevel(vocabulary, fields)
    case "Unigram": return try unigram(vocabulary, fields)
    case "BPE": return try bpe(vocabulary, fields)
    case let type: throw place.key("type").unsupported("the model \"\(type)\"")
    }
  }

  /// Files of 2020 have no `type`.
  private func impliedType(_ fields: Field) throws -> String {
    if case .pieces = vocabulary { return "Unigram" }
    if merges != nil { return "BPE" }
    if try fields.optional("max_input_chars_per_word") != nil { return "WordPiece" }
    throw place.key("type").missing
  }

  // MARK: Reading

  private mutating func readVocabulary(_ json: inout JSONReader) throws {
    let place = place.key("vocab")
    guard vocabulary == nil else { throw place.inconsistent("stands twice") }
    if try json.peek() == .array {
      var scores: [Double] = []
      let tokens = try TokenTable(reading: &json, scores: &scores)
      // Of equal pieces the last counts, as in the reference.
      vocabulary = .pieces(try Vocabulary(tokens, at: place), scores: scores)
    } else {
      vocabulary = .tokens(
        try Vocabulary(ofDistinct: TokenTable(reading: &json, at: place), at: place))
    }
  }

  /// `["a b", …]` or `[["a", "b"], …]`.
  private mutating func readMerges(_ json: inout JSONReader) throws {
    var merges = MergeList()
    let place = place.key("merges")
    guard self.merges == nil else { throw place.inconsistent("stands twice") }
    try json.readArray { json in
      if try json.peek() == .array {
        let entry = place.index(merges.count)
        try merges.append { bytes in
          let start = bytes.count
          var starts: [Int] = []
          try json.readArray { json in
            starts.append(bytes.count - start)
            try json.readString(appendingTo: &bytes)
          }
          guard starts.count == 2 else {
            throw entry.wrongType(expected: "two tokens", found: "\(starts.count)")
          }
          return starts[1]
        }
      } else {
        var line: [UInt8] = []
        try json.readString(appendingTo: &line)
        if line.starts(with: "#version".utf8) { return }
        guard merges.append(line: line[...]) else {
          throw place.index(merges.count).wrongType(
            expected: "two tokens", found: "\"\(String(decoding: line.prefix(40), as: UTF8.self))\""
          )
        }
      }
    }
    self.merges = merges
  }

  // MARK: Models

  private func wordPiece(_ vocabulary: AnyVocabulary, _ fields: Field) throws -> WordPiece {
    try fields.allowOnly(
      "type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word")
    guard case .tokens(let vocabulary) = vocabulary, merges == nil else {
      throw place.inconsistent("a WordPiece model has neither scores nor merges")
    }
    let unknown = try fields.required("unk_token")
    return WordPiece(
      vocabulary: vocabulary,
      unknown: try vocabulary.id(of: unknown),
      continuingPrefix: try fields.required("continuing_subword_prefix").string(),
      maximumWordLength: try fields.required("max_input_chars_per_word").count())
  }

  private func wordLevel(_ vocabulary: AnyVocabulary, _ fields: Field) throws -> WordLevel {
    try fields.allowOnly("type", "unk_token")
    guard case .tokens(let vocabulary) = vocabulary, merges == nil else {
      throw place.inconsistent("a WordLevel model has neither scores nor merges")
    }
    return WordLevel(
      vocabulary: vocabulary, unknown: try vocabulary.id(of: try fields.required("unk_token")))
  }

  private func unigram(_ vocabulary: AnyVocabulary, _ fields: Field) throws -> Unigram {
    try fields.allowOnly("type", "unk_id", "byte_fallback")
    guard case .pieces(let vocabulary, let scores) = vocabulary, merges == nil else {
      throw place.key("vocab").wrongType(
        expected: "an array of pieces and scores", found: "an object")
    }
    let unknown = try fields.required("unk_id")
    guard try unknown.count() < scores.count else {
      throw unknown.place.inconsistent(
        "\(try unknown.count()) is beyond the \(scores.count) pieces")
    }
    return Unigram(
      vocabulary: vocabulary, scores: scores,
      unknown: Int32(truncatingIfNeeded: try unknown.count()),
      byteFallback: try fields.optional("byte_fallback")?.bool() ?? false)
  }

  private func bpe(_ vocabulary: AnyVocabulary, _ fields: Field) throws -> BPE {
    try fields.allowOnly(
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
      "fuse_unk", "byte_fallback", "ignore_merges")
    guard case .tokens(let vocabulary) = vocabulary, let merges else {
      throw place.key("merges").missing
    }
    if let dropout = try fields.optional("dropout"), dropout.value.number != 0 {
      throw dropout.place.unsupported("dropout, which makes tokens a matter of chance,")
    }
    var options = BPE.Options()
    options.continuingPrefix = try fields.optional("continuing_subword_prefix")?.string() ?? ""
    options.endOfWordSuffix = try fields.optional("end_of_word_suffix")?.string() ?? ""
    options.unknown = try fields.optional("unk_token").map(vocabulary.id)
    options.fusesUnknown = try fields.optional("fuse_unk")?.bool() ?? false
    options.byteFallback = try fields.optional("byte_fallback")?.bool() ?? false
    options.ignoresMerges = try fields.optional("ignore_merges")?.bool() ?? false
    let table = try MergeTable(
      merges, vocabulary: vocabulary,
      continuingPrefix: options.continuingPrefix, at: place.key("merges"))
    return BPE(vocabulary: vocabulary, merges: table, options: options)
  }
}

extension Vocabulary<Trie> {
  /// The id of the token that a field names.
  fileprivate func id(of field: Field) throws -> Int32 {
    guard let id = id(try field.string()) else {
      throw field.place.inconsistent("\"\(try field.string())\" is not in the vocabulary")
    }
    return Int32(truncatingIfNeeded: id)
  }
}
