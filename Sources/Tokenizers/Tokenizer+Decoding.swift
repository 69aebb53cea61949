extension Tokenizer {
  /// Turns ids back into text, as the file's decoder does; ids without a token are passed over.
  package func decode(_ ids: [Int], skippingSpecialTokens: Bool = true) -> String {
    let pieces = ids.compactMap { piece($0, skippingSpecialTokens: skippingSpecialTokens) }
    return String(decoding: decoder.decode(pieces).joined(), as: UTF8.self)
  }

  /// The spelling of a token; nil where there is none, or where it is special and those are skipped.
  fileprivate func piece(_ id: Int, skippingSpecialTokens: Bool) -> [UInt8]? {
    if skippingSpecialTokens, specialTokens.all.contains(id) { return nil }
    return token(id).map { Array($0.utf8) }
  }

  /// Begins a text that comes token by token.
  package func textStream(skippingSpecialTokens: Bool = true) -> TextStream {
    TextStream(tokenizer: self, skippingSpecialTokens: skippingSpecialTokens)
  }
}

/// Text while its tokens come one by one: what is given out never ends within a character, and is
/// never taken back.
///
/// All that it gives out, with the rest of `finish`, is what `decode` makes of all ids at once.
package struct TextStream: Sendable {
  private let tokenizer: Tokenizer
  private let skipsSpecialTokens: Bool
  /// The last tokens: a decoder may treat the first of a text in its own way, so that those that
  /// come are decoded behind some that are given out.
  private var pieces: [[UInt8]] = []
  /// How many of `pieces` are given out, and the bytes of their text.
  private var givenCount = 0
  private var givenText: [UInt8] = []

  init(tokenizer: Tokenizer, skippingSpecialTokens: Bool) {
    self.tokenizer = tokenizer
    skipsSpecialTokens = skippingSpecialTokens
  }

  /// Takes a token in.
  /// - Returns: The text that is certain now; empty where more tokens must come first.
  package mutating func append(_ id: Int) -> String {
    guard let piece = tokenizer.piece(id, skippingSpecialTokens: skipsSpecialTokens) else {
      return ""
    }
    pieces.append(piece)
    // A run of bytes is text only as a whole.
    if ByteFallbackDecoder.byte(spelledBy: piece) != nil { return "" }
    let text = decoded(pieces)
    if text.suffix(3).elementsEqual("\u{FFFD}".utf8) { return "" }
    return give(text)
  }

  /// Ends the text.
  /// - Returns: What was held back, with U+FFFD for what is not whole.
  package mutating func finish() -> String { give(decoded(pieces)) }

  private mutating func give(_ text: [UInt8]) -> String {
    guard text.count > givenText.count else { return "" }
    let new = text.dropFirst(givenText.count)
    pieces.removeFirst(givenCount)
    givenCount = pieces.count
    givenText = decoded(pieces)
    return String(decoding: new, as: UTF8.self)
  }

  private func decoded(_ pieces: [[UInt8]]) -> [UInt8] {
    Array(tokenizer.decoder.decode(pieces).joined())
  }
}
