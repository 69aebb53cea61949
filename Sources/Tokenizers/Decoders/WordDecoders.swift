/// Tokens that are words or parts of words.

/// A space before each token but the first, unless it continues a word.
struct WordPieceDecoder: Decoder {
  private let prefix: [UInt8]
  /// What English does not space, in order.
  private let replacements: [(LiteralPattern, [UInt8])]

  private static let english = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]

  init(prefix: String, cleansUp: Bool) {
    self.prefix = Array(prefix.utf8)
    replacements =
      cleansUp
      ? Self.english.map { (LiteralPattern($0.0), Array($0.1.utf8)) } : []
  }

  func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
    pieces.enumerated().map { index, piece in
      var text = piece
      if index > 0 {
        text =
          piece.starts(with: prefix)
          ? Array(piece.dropFirst(prefix.count)) : [UInt8(ascii: " ")] + piece
      }
      for (pattern, content) in replacements { text = pattern.replace(in: text, with: content) }
      return text
    }
  }
}

/// The mark of a word's end becomes a space, but for the last token's.
struct BPEDecoder: Decoder {
  private let suffix: LiteralPattern?

  init(suffix: String) { self.suffix = suffix.isEmpty ? nil : LiteralPattern(suffix) }

  func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
    guard let suffix else { return pieces }
    return pieces.enumerated().map { index, piece in
      suffix.replace(in: piece, with: index == pieces.count - 1 ? [] : [UInt8(ascii: " ")])
    }
  }
}

/// SentencePiece's mark becomes a space; in the first token it goes, where encoding put it there.
struct MetaspaceDecoder: Decoder {
  private let mark: LiteralPattern
  private let dropsFirst: Bool

  init(_ metaspace: Metaspace) {
    mark = LiteralPattern(metaspace.mark)
    dropsFirst = metaspace.prepends
  }

  func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
    pieces.enumerated().map { index, piece in
      mark.replace(in: piece, with: index == 0 && dropsFirst ? [] : [UInt8(ascii: " ")])
    }
  }
}

/// A text in place of each match, within a token.
struct ReplaceDecoder: Decoder {
  let replace: Replace

  func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
    pieces.map { piece in
      var segment = TextSegment(bytes: piece, beginsText: false)
      replace.normalize(&segment)
      return segment.bytes
    }
  }
}

/// Takes a character away from the ends of each token, so many times at most.
struct StripDecoder: Decoder {
  let scalar: [UInt8]
  let atStart: Int
  let atEnd: Int

  func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
    pieces.map { piece in
      var rest = piece[...]
      for _ in 0..<atStart where rest.starts(with: scalar) { rest = rest.dropFirst(scalar.count) }
      for _ in 0..<atEnd where rest.suffix(scalar.count).elementsEqual(scalar) {
        rest = rest.dropLast(scalar.count)
      }
      return Array(rest)
    }
  }
}
