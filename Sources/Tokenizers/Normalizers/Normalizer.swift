import TesseraJSON

/// A stretch of text between added tokens, in UTF-8, on its way to the pre-tokenizer.
struct TextSegment {
  var bytes: [UInt8]
  /// Whether the first scalar stands for the first of the whole text.
  var beginsText: Bool
}

/// A step that rewrites text before it is cut into pieces.
protocol Normalizer: Sendable {
  func normalize(_ segment: inout TextSegment)
}

/// Several steps, one after the other.
struct NormalizerSequence: Normalizer {
  let steps: [any Normalizer]

  func normalize(_ segment: inout TextSegment) {
    for step in steps { step.normalize(&segment) }
  }
}

extension Field {
  /// Builds the normalizer that this field describes.
  func normalizer() throws -> any Normalizer {
    let type = try required("type").string()
    switch type {
    case "Sequence":
      try allowOnly("type", "normalizers")
      return NormalizerSequence(
        steps: try required("normalizers").elements().map { try $0.normalizer() })
    case "BertNormalizer":
      try allowOnly(
        "type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase")
      return BertNormalizer(
        cleansText: try required("clean_text").bool(),
        spacesIdeographs: try required("handle_chinese_chars").bool(),
        stripsAccents: try optional("strip_accents")?.bool(),
        lowercases: try required("lowercase").bool())
    case "Precompiled":
      try allowOnly("type", "precompiled_charsmap")
      return try required("precompiled_charsmap").charactersMap()
    case "Replace":
      try allowOnly("type", "pattern", "content")
      return Replace(
        try required("pattern").pattern(), with: try required("content").string())
    case "Strip":
      try allowOnly("type", "strip_left", "strip_right")
      return Strip(
        left: try required("strip_left").bool(), right: try required("strip_right").bool())
    case "Prepend":
      try allowOnly("type", "prepend")
      return Prepend(try required("prepend").string())
    default:
      try allowOnly("type")
      return try plainNormalizer(type)
    }
  }

  /// The normalizers without options.
  private func plainNormalizer(_ type: String) throws -> any Normalizer {
    switch type {
    case "NFC": UnicodeNormalizer(.nfc)
    case "NFD": UnicodeNormalizer(.nfd)
    case "NFKC": UnicodeNormalizer(.nfkc)
    case "NFKD": UnicodeNormalizer(.nfkd)
    case "Lowercase": LowercaseNormalizer()
    case "StripAccents": StripAccents()
    case "Nmt": NmtNormalizer()
    case "ByteLevel": ByteLevel()
    default: throw place.key("type").unsupported("the normalizer \"\(type)\"")
    }
  }
}
