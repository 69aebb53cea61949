/// GPT-2's bytes: each byte becomes a printable character, so that a vocabulary of 256 characters
/// can spell any text.
///
/// Before that, the text may be cut into GPT-2's words.
struct ByteLevel: PreTokenizer, Normalizer {
  let addsPrefixSpace: Bool
  let splitsWords: Bool

  /// The UTF-8 of the character for each byte.
  private static let characters: [[UInt8]] = (0...255).map { byte in
    var utf8: [UInt8] = []
    utf8.append(scalar: character(for: byte))
    return utf8
  }

  init(addsPrefixSpace: Bool = false, splitsWords: Bool = false) {
    self.addsPrefixSpace = addsPrefixSpace
    self.splitsWords = splitsWords
  }

  func preTokenize(_ text: inout PreTokenizedText) {
    if addsPrefixSpace { prependSpaces(&text) }
    if splitsWords { SplitPreTokenizer(GPT2WordPattern(), .isolated).preTokenize(&text) }
    let bytes = text.bytes
    let characters = Self.characters
    text.rewrite { piece, _, output in
      for byte in bytes[piece] { output += characters[Int(byte)] }
    }
  }

  func normalize(_ segment: inout TextSegment) {
    let characters = Self.characters
    segment.bytes = segment.bytes.flatMap { characters[Int($0)] }
  }

  func readable(_ piece: [UInt8]) -> [UInt8] {
    String(decoding: piece, as: UTF8.self).unicodeScalars.flatMap { scalar in
      Self.bytes[scalar].map { [$0] } ?? Array(String(scalar).utf8)
    }
  }

  /// The bytes that a token stands for; nil where it has a character that is none of a byte's.
  static func bytes(spelledBy token: [UInt8]) -> [UInt8]? {
    var found: [UInt8] = []
    for scalar in String(decoding: token, as: UTF8.self).unicodeScalars {
      guard let byte = bytes[scalar] else { return nil }
      found.append(byte)
    }
    return found
  }

  /// The byte that each character stands for.
  private static let bytes = [UnicodeScalar: UInt8](
    uniqueKeysWithValues: (UInt8.min...UInt8.max).compactMap { byte in
      UnicodeScalar(character(for: Int(byte))).map { ($0, byte) }
    })

  private func prependSpaces(_ text: inout PreTokenizedText) {
    let bytes = text.bytes
    text.rewrite { piece, _, output in
      if bytes[piece.lowerBound] != UInt8(ascii: " ") { output.append(UInt8(ascii: " ")) }
      output += bytes[piece]
    }
  }

  /// Printable Latin-1 stands for itself; the other 68 bytes, in order, for U+0100 onward.
  private static func character(for byte: Int) -> ScalarValue {
    switch byte {
    case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: ScalarValue(byte)
    case 0x00...0x20: ScalarValue(0x100 + byte)
    case 0x7F...0xA0: ScalarValue(0x121 + byte - 0x7F)
    default: 0x143  // The soft hyphen, AD.
    }
  }
}
