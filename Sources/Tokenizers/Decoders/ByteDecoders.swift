/// Tokens that spell bytes, in GPT-2's characters or as "<0x0A>".

/// GPT-2's characters back to their bytes; a token with any other stands for itself.
struct ByteLevelDecoder: Decoder {
  func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
    var bytes: [UInt8] = []
    for piece in pieces { bytes += ByteLevel.bytes(spelledBy: piece) ?? piece }
    // A character that is not whole becomes U+FFFD.
    return [Array(String(decoding: bytes, as: UTF8.self).utf8)]
  }
}

/// Runs of "<0x…>" become the text that their bytes spell, or U+FFFD for each byte.
struct ByteFallbackDecoder: Decoder {
  func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
    var decoded: [[UInt8]] = []
    var run: [UInt8] = []
    func flush() {
      if run.isEmpty { return }
      if String(validating: run, as: UTF8.self) != nil {
        decoded.append(run)
      } else {
        decoded += run.map { _ in Array("\u{FFFD}".utf8) }
      }
      run.removeAll()
    }
    for piece in pieces {
      if let byte = Self.byte(spelledBy: piece) {
        run.append(byte)
      } else {
        flush()
        decoded.append(piece)
      }
    }
    flush()
    return decoded
  }

  /// The byte of a token such as "<0x0A>".
  static func byte(spelledBy piece: [UInt8]) -> UInt8? {
    guard piece.count == 6, piece.starts(with: "<0x".utf8), piece[5] == UInt8(ascii: ">") else {
      return nil
    }
    return UInt8(String(decoding: piece[3..<5], as: UTF8.self), radix: 16)
  }
}
