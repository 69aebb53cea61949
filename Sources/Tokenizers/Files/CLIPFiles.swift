import TesseraJSON

/// What CLIP's class makes of vocab.json and merges.txt.
enum CLIPFiles {
  static func read(_ files: MergesFiles, _ config: TokenizerConfig) throws -> TokenizerParts {
    var options = BPE.Options()
    options.endOfWordSuffix = "</w>"
    options.unknown = Int32(truncatingIfNeeded: try files.id("unk_token", config))
    var parts = TokenizerParts(
      place: files.place,
      model: BPE(vocabulary: files.vocabulary, merges: files.merges, options: options))
    parts.normalizer = NormalizerSequence(steps: [
      UnicodeNormalizer(.nfc), Replace(RunPattern(of: nil, atLeast: 1), with: " "),
      LowercaseNormalizer(),
    ])
    parts.preTokenizer = PreTokenizerSequence(steps: [
      SplitPreTokenizer(CLIPWordPattern(), .removed, inverted: true),
      ByteLevel(splitsWords: true),
    ])
    parts.postProcessor = .roberta(
      start: try files.id("bos_token", config), end: try files.id("eos_token", config))
    parts.decoder = ByteLevelDecoder()
    return parts
  }
}
