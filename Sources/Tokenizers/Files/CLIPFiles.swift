import TesseraJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// CLIP's older layout: vocab.json, and merges.txt with one merge a line.
enum CLIPFiles {
  static let vocabularyName = "vocab.json"
  static let mergesName = "merges.txt"
  private static let classes = ["CLIPTokenizer", "CLIPTokenizerFast"]
  private static let defaults = [
    "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
    "pad_token": "<|endoftext|>",
  ]

  static func read(_ folder: URL, _ config: TokenizerConfig) throws -> TokenizerParts {
    try config.requireClass(among: classes)
    let place = FilePlace(file: vocabularyName)
    let vocabulary = try folder.appending(path: vocabularyName).readJSON { json in
      try Vocabulary(ofDistinct: TokenTable(reading: &json, at: place), at: place)
    }
    func id(_ role: String) throws -> Int {
      let token = try config.specialTokenContent(role) ?? defaults[role] ?? ""
      guard let id = vocabulary.id(token) else {
        throw place.inconsistent("\(role) \"\(token)\" is not in the vocabulary")
      }
      return id
    }
    let merges = try MergeTable(
      readMerges(folder.appending(path: mergesName)), vocabulary: vocabulary,
      continuingPrefix: "", at: FilePlace(file: mergesName))
    var options = BPE.Options()
    options.endOfWordSuffix = "</w>"
    options.unknown = Int32(truncatingIfNeeded: try id("unk_token"))
    let model = BPE(vocabulary: vocabulary, merges: merges, options: options)

    var parts = TokenizerParts(place: place, model: model)
    parts.normalizer = NormalizerSequence(steps: [
      UnicodeNormalizer(.nfc), Replace(RunPattern(of: nil, atLeast: 1), with: " "),
      LowercaseNormalizer(),
    ])
    parts.preTokenizer = PreTokenizerSequence(steps: [
      SplitPreTokenizer(CLIPWordPattern(), .removed, inverted: true),
      ByteLevel(splitsWords: true),
    ])
    parts.postProcessor = .roberta(start: try id("bos_token"), end: try id("eos_token"))
    parts.defaultRoles = defaults
    try config.addTokens(to: &parts, isNormalized: true)
    return parts
  }

  private static func readMerges(_ file: URL) throws -> [(String, String)] {
    let place = FilePlace(file: file.lastPathComponent)
    var merges: [(String, String)] = []
    for line in try file.readText().split(separator: "\n") where !line.hasPrefix("#version") {
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw place.index(merges.count).wrongType(
          expected: "two tokens", found: "\"\(line.prefix(40))\"")
      }
      merges.append((String(parts[0]), String(parts[1])))
    }
    return merges
  }
}
