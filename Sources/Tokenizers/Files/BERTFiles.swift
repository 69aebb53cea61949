import TesseraJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// BERT's older layout: vocab.txt, one token a line, and switches in tokenizer_config.json.
enum BERTFiles {
  static let vocabularyName = "vocab.txt"

  static func read(_ folder: URL, _ config: inout TokenizerConfig) throws -> TokenizerParts {
    if config.tokenizerClass.isOpen { config.tokenizerClass = TokenizerClass(kind: .bert) }
    let kind = config.tokenizerClass.kind
    guard kind == .bert || kind == .mpnet else {
      throw config.fields.place.key("tokenizer_class").unsupported(
        "\(config.tokenizerClass.name ?? "this model") without a \(TokenizerFile.name)")
    }
    let vocabulary = try readVocabulary(folder.appending(path: vocabularyName))
    let place = FilePlace(file: vocabularyName)
    let roles = config
    func id(_ role: String) throws -> Int {
      let token = try roles.specialTokenContent(role) ?? ""
      guard let id = vocabulary.id(token) else {
        throw place.inconsistent("\(role) \"\(token)\" is not in the vocabulary")
      }
      return id
    }
    let model = WordPiece(
      vocabulary: vocabulary, unknown: Int32(truncatingIfNeeded: try id("unk_token")))
    var parts = TokenizerParts(place: place, model: model)
    parts.normalizer = BertNormalizer(
      spacesIdeographs: try config.bool("tokenize_chinese_chars") ?? true,
      stripsAccents: try config.bool("strip_accents"),
      lowercases: try config.bool("do_lower_case") ?? true)
    parts.preTokenizer = BertPreTokenizer()
    let start = try id("cls_token")
    let end = try id("sep_token")
    parts.postProcessor =
      kind == .mpnet
      ? .mpnet(start: start, end: end) : .bert(start: start, end: end)
    parts.decoder = WordPieceDecoder(prefix: "##", cleansUp: true)
    return parts
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
