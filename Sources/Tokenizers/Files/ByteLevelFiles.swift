import TesseraJSON

/// What the classes of RoBERTa, GPT-2 and Qwen make of vocab.json and merges.txt.
enum ByteLevelFiles {
  static func read(_ files: MergesFiles, _ config: TokenizerConfig) throws -> TokenizerParts {
    var parts = TokenizerParts(
      place: files.place,
      model: BPE(vocabulary: files.vocabulary, merges: files.merges, options: BPE.Options()))
    let addsPrefixSpace = try config.bool("add_prefix_space") ?? false
    switch config.tokenizerClass.kind {
    case .qwen:
      parts.normalizer = UnicodeNormalizer(.nfc)
      parts.preTokenizer = PreTokenizerSequence(steps: [
        SplitPreTokenizer(try QwenWords.pattern(), .isolated),
        ByteLevel(addsPrefixSpace: addsPrefixSpace),
      ])
    case .roberta:
      parts.preTokenizer = ByteLevel(addsPrefixSpace: addsPrefixSpace, splitsWords: true)
      parts.postProcessor = .roberta(
        start: try files.id("cls_token", config), end: try files.id("sep_token", config))
    default:
      parts.preTokenizer = ByteLevel(addsPrefixSpace: addsPrefixSpace, splitsWords: true)
    }
    parts.decoder = ByteLevelDecoder()
    return parts
  }
}

/// Qwen 2's and 3's words, which its class knows without a file.
private enum QwenWords {
  static func pattern() throws -> RegexPattern {
    try RegexPattern(
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
        + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#)
  }
}
