/// SentencePiece's words: a visible mark takes the place of each space, and begins a word.
struct Metaspace: PreTokenizer {
  /// Where a mark is put before text that begins with none.
  enum PrependScheme: String, Sendable {
    case always, never
    /// At the beginning of the whole text only.
    case first
  }

  let mark: [UInt8]
  private let scheme: PrependScheme
  private let splits: Bool

  /// Whether a mark is put before any text.
  var prepends: Bool { scheme != .never }

  /// Builds one whose mark is `replacement`, a single scalar.
  init(replacement: String = "\u{2581}", scheme: PrependScheme = .always, splits: Bool = true) {
    mark = Array(replacement.utf8)
    self.scheme = scheme
    self.splits = splits
  }

  func preTokenize(_ text: inout PreTokenizedText) {
    let bytes = text.bytes
    text.rewrite { piece, beginsText, output in
      let prepends =
        switch scheme {
        case .always: true
        case .never: false
        case .first: beginsText
        }
      let space = UInt8(ascii: " ")
      let hasMark = bytes[piece.lowerBound] == space || bytes[piece].starts(with: mark)
      if prepends, !hasMark { output += mark }
      for byte in bytes[piece] {
        if byte == space { output += mark } else { output.append(byte) }
      }
    }
    if splits { splitBeforeMarks(&text) }
  }

  func readable(_ piece: [UInt8]) -> [UInt8] {
    Array(
      String(decoding: piece, as: UTF8.self)
        .replacing(String(decoding: mark, as: UTF8.self), with: " ").utf8)
  }

  private func splitBeforeMarks(_ text: inout PreTokenizedText) {
    let bytes = text.bytes
    text.split { piece, parts in
      var start = piece.lowerBound
      for offset in piece
      where bytes[offset] == mark[0] && offset > start
        && bytes[offset..<piece.upperBound].starts(with: mark)
      {
        parts.append(start..<offset)
        start = offset
      }
      parts.append(start..<piece.upperBound)
    }
  }
}
