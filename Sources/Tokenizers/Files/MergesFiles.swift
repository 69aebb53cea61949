import TesseraJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The older layout of BPE: vocab.json, and merges.txt with one merge a line.
struct MergesFiles {
  static let vocabularyName = "vocab.json"
  static let mergesName = "merges.txt"

  let vocabulary: Vocabulary<Trie>
  let merges: MergeTable
  let place = FilePlace(file: Self.vocabularyName)

  init(_ folder: URL) throws {
    let place = place
    vocabulary = try folder.appending(path: Self.vocabularyName).readJSON { json in
      try Vocabulary(ofDistinct: TokenTable(reading: &json, at: place), at: place)
    }
    merges = try MergeTable(
      Self.list(folder.appending(path: Self.mergesName)), vocabulary: vocabulary,
      continuingPrefix: "", at: FilePlace(file: Self.mergesName))
  }

  private static func list(_ file: URL) throws -> MergeList {
    let place = FilePlace(file: file.lastPathComponent)
    var merges = MergeList()
    for line in try file.readText().utf8.split(separator: UInt8(ascii: "\n"))
    where !line.starts(with: "#version".utf8) {
      guard merges.append(line: Array(line)[...]) else {
        throw place.index(merges.count).wrongType(
          expected: "two tokens", found: "\"\(String(line.prefix(40)) ?? "")\"")
      }
    }
    return merges
  }

  /// The id of a role's token.
  func id(_ role: String, _ config: TokenizerConfig) throws -> Int {
    let token = try config.specialTokenContent(role) ?? ""
    guard let id = vocabulary.id(token) else {
      throw place.inconsistent("\(role) \"\(token)\" is not in the vocabulary")
    }
    return id
  }

  /// Builds what the class of the folder makes of the files.
  static func read(_ folder: URL, _ config: inout TokenizerConfig) throws -> TokenizerParts {
    let files = try MergesFiles(folder)
    if config.tokenizerClass.isOpen {
      // The token of a start tells CLIP's vocabulary from the others.
      guard files.vocabulary.id("<|startoftext|>") != nil else {
        throw config.fields.place.key("tokenizer_class").missing
      }
      config.tokenizerClass = TokenizerClass(kind: .clip)
    }
    switch config.tokenizerClass.kind {
    case .clip: return try CLIPFiles.read(files, config)
    case .roberta, .gpt2, .qwen: return try ByteLevelFiles.read(files, config)
    default:
      throw config.fields.place.key("tokenizer_class").unsupported(
        "\(config.tokenizerClass.name ?? "this model") without a \(TokenizerFile.name)")
    }
  }
}
