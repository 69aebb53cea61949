/// What a server reads and allows.
package struct ServiceSettings: Sendable {
  /// Items of a request.
  package var items = 2048
  /// UTF-8 bytes of one text.
  package var textBytes = 4 << 20
  /// Bytes of a request's body.
  package var bodyBytes = 32 << 20
  /// Whether arrays of token ids are taken for ids of the model's own vocabulary.
  package var acceptsTokenIDs = false
  /// Nil where everybody may ask.
  package var keys: KeyRing?
  /// Nil where pictures are never fetched.
  package var fetchingPictures: PictureFetching?
  /// Whose pages may ask, as browsers name them: `https://example.org`, or `*` for all.
  package var origins: Set<String> = []
  /// Whether it is asked by names of this machine, and of those origins, alone.
  package var isLocal = false
  /// What answers questions from what an index finds.
  package var chat: AnsweringModel?

  package init() {}
}

/// The keys that open a server.
package struct KeyRing: Sendable {
  /// Longest key; longer ones are refused before they are compared.
  private static let length = 256
  private let keys: [[UInt8]]

  /// - Parameter lines: a key each; empty ones, and those that begin with #, are passed over.
  package init(lines: some Sequence<some StringProtocol>) {
    keys = lines.map { $0.trimmingSpaces }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
      .map { Array($0.utf8) }
  }

  package var isEmpty: Bool { keys.isEmpty }
  package var hasTooLong: Bool { keys.contains { $0.count > Self.length } }

  /// Which key it is, from 1; takes as long for any, as every byte of every key is compared.
  package func number(of key: String) -> Int? {
    let bytes = Array(key.utf8.prefix(Self.length + 1))
    var found = 0
    for (place, known) in keys.enumerated() {
      var difference = known.count ^ bytes.count
      for i in 0..<Self.length {
        let a = i < known.count ? known[i] : 0
        let b = i < bytes.count ? bytes[i] : 0
        difference |= Int(a ^ b)
      }
      found |= difference == 0 ? place + 1 : 0
    }
    return found == 0 ? nil : found
  }
}

extension StringProtocol {
  fileprivate var trimmingSpaces: String {
    let isSpace = { (character: Character) in
      character == " " || character == "\t" || character.isNewline
    }
    return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
