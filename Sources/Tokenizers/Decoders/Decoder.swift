import TesseraJSON

/// A step on the way back from tokens to text.
///
/// Each takes the pieces of the step before; the last one's pieces stand one behind the other in
/// the text.
protocol Decoder: Sendable {
  func decode(_ pieces: [[UInt8]]) -> [[UInt8]]
}

/// Several steps, one after the other.
struct DecoderSequence: Decoder {
  let steps: [any Decoder]

  func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
    steps.reduce(pieces) { $1.decode($0) }
  }
}

/// All pieces as one.
struct FuseDecoder: Decoder {
  func decode(_ pieces: [[UInt8]]) -> [[UInt8]] { [Array(pieces.joined())] }
}

/// Where no decoder is named: a space between tokens.
struct SpacingDecoder: Decoder {
  func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
    [Array(pieces.joined(separator: [UInt8(ascii: " ")]))]
  }
}

extension Field {
  /// Builds the decoder that this field describes.
  func decoder() throws -> any Decoder {
    let type = try required("type").string()
    switch type {
    case "Sequence":
      try allowOnly("type", "decoders")
      return DecoderSequence(steps: try required("decoders").elements().map { try $0.decoder() })
    case "ByteLevel":
      try allowOnly("type", "add_prefix_space", "trim_offsets", "use_regex")
      return ByteLevelDecoder()
    case "WordPiece":
      try allowOnly("type", "prefix", "cleanup")
      return WordPieceDecoder(
        prefix: try required("prefix").string(), cleansUp: try required("cleanup").bool())
    case "BPEDecoder":
      try allowOnly("type", "suffix")
      return BPEDecoder(suffix: try required("suffix").string())
    case "Metaspace":
      // The fields are the pre-tokenizer's.
      return MetaspaceDecoder(try metaspace())
    case "Replace":
      try allowOnly("type", "pattern", "content")
      return ReplaceDecoder(
        replace: Replace(
          try required("pattern").pattern(), with: try required("content").string()))
    case "Strip":
      try allowOnly("type", "content", "start", "stop")
      let content = try required("content")
      guard let scalar = try content.string().unicodeScalars.first,
        try content.string().unicodeScalars.count == 1
      else { throw content.wrongType("one character") }
      return StripDecoder(
        scalar: Array(String(scalar).utf8), atStart: try required("start").count(),
        atEnd: try required("stop").count())
    case "ByteFallback":
      try allowOnly("type")
      return ByteFallbackDecoder()
    case "Fuse":
      try allowOnly("type")
      return FuseDecoder()
    default:
      throw place.unsupported("the decoder \"\(type)\"")
    }
  }
}
