import TesseraJSON

/// Lays tokenizer_config.json over what tokenizer.json says, as the fast tokenizers of transformers
/// do; docs/tokenizer-fields.md is the table.
struct ConfigOverlay {
  let config: TokenizerConfig

  private var kind: TokenizerClass.Kind { config.tokenizerClass.kind }

  func apply(to parts: inout TokenizerParts) throws {
    try addTokens(to: &parts)
    try applyBERTSwitches(to: &parts)
    try applyPrefixSpace(to: &parts)
    try applyEnds(to: &parts)
    parts.splitsSpecialTokens = try config.bool("split_special_tokens") ?? false
    parts.notes += try ConfigFields.notes(of: config.fields)
  }

  /// Adds the tokens that only the configuration has; one that tokenizer.json has too gets the
  /// flags of the configuration.
  func addTokens(to parts: inout TokenizerParts) throws {
    for token in try config.listedTokens() {
      try parts.addOrChange(token, at: config.fields.place.key("added_tokens_decoder"))
    }
    for var token in try config.specialTokens() where parts.addedIDs[token.spelling] == nil {
      token.id = parts.model.id(token.content) ?? parts.nextID
      try parts.add(token, at: config.fields.place)
    }
  }

  private func applyBERTSwitches(to parts: inout TokenizerParts) throws {
    guard let normalizer = parts.normalizer as? BertNormalizer else { return }
    let lowercases = try config.bool("do_lower_case")
    let stripsAccents = try config.bool("strip_accents")
    let spacesIdeographs = try config.bool("tokenize_chinese_chars")
    switch kind {
    case .bert, .mpnet:
      // Where MPNet's class says nothing of ideographs, versions differ, and the file counts.
      parts.normalizer = BertNormalizer(
        cleansText: normalizer.cleansText,
        spacesIdeographs: spacesIdeographs ?? (kind == .mpnet ? normalizer.spacesIdeographs : true),
        stripsAccents: stripsAccents, lowercases: lowercases ?? true)
    case .unknown:
      let switches: [(String, Bool?, Bool)] = [
        ("do_lower_case", lowercases, normalizer.lowercases),
        ("strip_accents", stripsAccents, normalizer.stripsAccents),
        ("tokenize_chinese_chars", spacesIdeographs, normalizer.spacesIdeographs),
      ]
      for (key, value, ofFile) in switches where value != nil && value != ofFile {
        throw disagreement(key)
      }
    default:
      // Their classes pass these switches over.
      return
    }
  }

  private func applyPrefixSpace(to parts: inout TokenizerParts) throws {
    let key = "add_prefix_space"
    let value = try config.bool(key)
    if kind == .roberta || kind == .gpt2, let byteLevel = parts.preTokenizer as? ByteLevel {
      parts.preTokenizer = ByteLevel(
        addsPrefixSpace: value ?? false, splitsWords: byteLevel.splitsWords)
    } else if let value, let ofFile = parts.addsPrefixSpace, value != ofFile {
      throw disagreement(key)
    }
  }

  /// Llama's and Gemma's classes make their template of two switches; one that is not given leaves
  /// what the file says.
  private func applyEnds(to parts: inout TokenizerParts) throws {
    let template = parts.postProcessor
    let ends = [
      ("add_bos_token", "bos_token", template.leadingIDs),
      ("add_eos_token", "eos_token", template.trailingIDs),
    ]
    var ids: [Int?] = []
    var isGiven = false
    for (key, role, idsOfFile) in ends {
      let value = try config.bool(key)
      let id = try config.specialTokenContent(role).flatMap { parts.id($0) }
      if kind == .llama || kind == .gemma {
        let adds = value ?? id.map(idsOfFile.contains) ?? false
        if adds, id == nil {
          throw config.fields.place.key(key).inconsistent("true, but there is no \(role)")
        }
        isGiven = isGiven || value != nil
        ids.append(adds ? id : nil)
      } else if let value, let id, value != idsOfFile.contains(id) {
        throw disagreement(key)
      }
    }
    if isGiven { parts.postProcessor = .ends(start: ids[0], end: ids[1]) }
  }

  private func disagreement(_ key: String) -> FieldError {
    let name = config.tokenizerClass.name.map { " of \($0)" } ?? ""
    return config.fields.place.key(key).unsupported(
      "a value that \(TokenizerFile.name) contradicts, and that versions\(name) read differently,")
  }
}
