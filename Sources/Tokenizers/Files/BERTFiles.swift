import TesseraJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// BERT's older layout: vocab.txt, one token a line, and switches in tokenizer_config.json.
enum BERTFiles {
  static let vocabularyName = "vocab.txt"
  private static let classes = [
    "BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast",
  ]
  private static let defaults = [
    "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
    "mask_token": "[MASK]",
  ]

  static func read(_ folder: URL, _ config: TokenizerConfig) throws -> TokenizerParts {
    try config.requireClass(among: classes)
    let vocabulary = try readVocabulary(folder.appending(path: vocabularyName))
    let place = FilePlace(file: vocabularyName)
    func id(_ role: String) throws -> Int {
      let token = try config.specialTokenContent(role) ?? defaults[role] ?? ""
      guard let id = vocabulary.id(token) else {
        throw place.inconsistent("\(role) \"\(token)\" is not in the vocabulary")
      }
      return id
    }
    let model = WordPiece(
      vocabulary: vocabulary, unknown: Int32(truncatingIfNeeded: try id("unk_token")))
    var parts = TokenizerParts(place: place, model: model)
    parts.normalizer = try normalizer(config)
    parts.preTokenizer = BertPreTokenizer()
    parts.postProcessor = .bert(start: try id("cls_token"), end: try id("sep_token"))
    parts.defaultRoles = defaults
    try config.addTokens(to: &parts, isNormalized: false)
    return parts
  }

  private static func normalizer(_ config: TokenizerConfig) throws -> BertNormalizer {
    // Without basic tokenization nothing but the cleaning remains.
    if try config.bool("do_basic_tokenize") == false {
      return BertNormalizer(spacesIdeographs: false, stripsAccents: false, lowercases: false)
    }
    return BertNormalizer(
      spacesIdeographs: try config.bool("tokenize_chinese_chars") ?? true,
      stripsAccents: try config.bool("strip_accents"),
      lowercases: try config.bool("do_lower_case") ?? true)
  }

  /// The line's number is the id.
  ///
  /// Of equal lines the last counts, as in the reference.
  private static func readVocabulary(_ file: URL) throws -> Vocabulary<Trie> {
    let place = FilePlace(file: file.lastPathComponent)
    let text = try file.readText()
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    var tokens = TokenTable()
    for (number, line) in lines.enumerated() {
      tokens.append(String(line), id: Int32(truncatingIfNeeded: number))
    }
    return try Vocabulary(tokens, at: place)
  }
}

extension TokenizerConfig {
  /// Refuses files that were written for a tokenizer of another kind; files that do not say are
  /// taken to be of the expected kind.
  func requireClass(among classes: [String]) throws {
    guard let field = try fields.optional("tokenizer_class") else { return }
    guard classes.contains(try field.string()) else {
      throw field.place.unsupported("\(try field.string()) without a \(TokenizerFile.name)")
    }
  }
}
