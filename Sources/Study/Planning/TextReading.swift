import TesseraEmbedders
import TesseraTokenizers

/// A text as a tokenizer reads it within a limit, word by word.
struct TextReading {
  let text: String
  let limit: Int
  /// Where the text's own tokens that are read stand among those with special ones.
  let textTokens: Range<Int>
  /// Of the whole text; tokens are counted as if there were no limit.
  private let words: [WordEncoding.Word]
  /// Which of the text's own tokens are read, counted likewise.
  private let kept: Range<Int>
  private let encoding: Encoding
  private let markerCount: Int

  /// - Parameter text: with its prompt.
  init(_ text: String, _ wording: TextReader.Wording, _ tokenizer: Tokenizer) {
    let reading = tokenizer.encodeWords(wording.text, maxLength: wording.limit)
    self.text = text
    markerCount = wording.marker == nil ? 0 : 1
    limit = wording.limit + markerCount
    encoding = reading.encoding
    kept = reading.keptTokens
    let first = reading.textTokens.lowerBound + markerCount
    textTokens = first..<first + kept.count
    words = reading.words.filter { !$0.tokens.isEmpty }
      .flatMap { $0.pieces(of: reading.ids, tokenizer) }
  }

  /// The words that are read, at the places of the sequence where their tokens stand.
  func words(at places: [Int?]) -> [SequencePlan.Word] {
    words.compactMap { word in
      let read = word.tokens.clamped(to: kept)
      // What is cut on the left moves the rest up, and a marker moves all down.
      let moved = kept.lowerBound - textTokens.lowerBound
      guard !read.isEmpty, let first = places[read.lowerBound - moved] else { return nil }
      return SequencePlan.Word(
        text: word.text, rows: first..<first + read.count, isUnknown: word.isUnknown)
    }
  }

  /// Tokens that are read, special ones included.
  var idCount: Int { encoding.ids.count + markerCount }

  var cut: SequencePlan.Cut? {
    guard encoding.isTruncated else { return nil }
    let broken = words.first { word in
      word.tokens.overlaps(kept) && word.tokens.clamped(to: kept) != word.tokens
    }
    return SequencePlan.Cut(
      kept: idCount, total: encoding.totalCount + markerCount,
      words: words.filter { !$0.tokens.overlaps(kept) }.map(\.text), brokenWord: broken?.text)
  }
}

extension WordEncoding.Word {
  /// The word as it is or, in a script without spaces, cut before each token that begins with a
  /// character of such a script, and around what is unknown: SentencePiece takes a whole sentence
  /// for one word.
  fileprivate func pieces(of ids: [Int], _ tokenizer: Tokenizer) -> [WordEncoding.Word] {
    guard text.unicodeScalars.contains(where: \.isOfScriptWithoutSpaces),
      let texts = tokenTexts(ids, tokenizer)
    else { return [self] }
    var pieces: [WordEncoding.Word] = []
    for (token, text) in zip(tokens, texts) {
      let isUnknown = ids[token] == tokenizer.specialTokens.unknownID
      let begins = isUnknown || text.unicodeScalars.first?.isOfScriptWithoutSpaces == true
      // A mark for a space that stands alone belongs to what follows.
      if let last = pieces.last, last.text.isEmpty || !(begins || last.isUnknown) {
        pieces[pieces.count - 1] = WordEncoding.Word(
          text: last.text + text, tokens: last.tokens.lowerBound..<token + 1,
          isUnknown: last.isUnknown || isUnknown)
      } else {
        pieces.append(
          WordEncoding.Word(text: text, tokens: token..<token + 1, isUnknown: isUnknown))
      }
    }
    return pieces
  }

  /// What of the word each token stands for; nil where their spellings do not make up the word, as
  /// those of single bytes.
  private func tokenTexts(_ ids: [Int], _ tokenizer: Tokenizer) -> [String]? {
    let spellings = tokens.map { token in
      ids[token] == tokenizer.specialTokens.unknownID
        ? nil : tokenizer.readable(tokenizer.token(ids[token]) ?? "")
    }
    var rest = text[...]
    var texts: [String] = []
    for (index, spelling) in spellings.enumerated() {
      var end = rest.endIndex
      if let spelling {
        guard rest.hasPrefix(spelling) else { return nil }
        end = rest.index(rest.startIndex, offsetBy: spelling.count)
      } else if let next = spellings[(index + 1)...].lazy.compactMap({ $0 }).first,
        let known = rest.firstRange(of: next)
      {
        // The unknown token does not say how much of the word it stands for.
        end = known.lowerBound
      }
      texts.append(String(rest[..<end]))
      rest = rest[end...]
    }
    return rest.isEmpty ? texts : nil
  }
}

extension Unicode.Scalar {
  /// Chinese, Japanese, Thai, Lao, Khmer, Burmese.
  fileprivate var isOfScriptWithoutSpaces: Bool {
    switch value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF: true
    default: properties.isIdeographic
    }
  }
}
