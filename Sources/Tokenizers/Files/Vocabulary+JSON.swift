import JSON

/// Reading vocabularies, of which the large ones decide how long a tokenizer takes to load.
extension Vocabulary {
  /// Reads `{"token": id, …}`.
  mutating func readTokens(_ json: inout JSONReader, at place: FilePlace) throws {
    try json.readObject { token, json in
      let number = try json.readInt()
      guard let id = Int32(exactly: number), id >= 0 else {
        throw place.wrongType(expected: "ids from 0 to 2147483647", found: "\(number)")
      }
      if let other = try append(token, id: id, at: place) {
        throw place.inconsistent("\"\(token)\" has the ids \(other) and \(id)")
      }
    }
    try sortByID(at: place)
  }

  /// Reads Unigram's `[[piece, score], …]`, where the order gives the ids. Of equal pieces the last
  /// counts, as in the reference.
  /// - Returns: The scores by id.
  mutating func readScoredPieces(_ json: inout JSONReader, at place: FilePlace) throws -> [Double] {
    var scores: [Double] = []
    try json.readArray { json in
      var piece: String?
      var score: Double?
      try json.readArray { json in
        if piece == nil {
          piece = try json.readString()
        } else if score == nil {
          score = try json.readDouble()
        } else {
          throw json.expected("no more than a piece and its score")
        }
      }
      guard let piece, let score else { throw json.expected("a piece and its score") }
      try append(piece, id: Int32(truncatingIfNeeded: scores.count), at: place)
      scores.append(score)
    }
    return scores
  }

  /// Adds a token, and says where, if the vocabulary outgrows its trie.
  @discardableResult
  mutating func append(_ token: String, id: Int32, at place: FilePlace) throws -> Int32? {
    do {
      return try append(token, id: id)
    } catch is Trie.TrieIsFull {
      throw place.unsupported(
        "a vocabulary of more than \(Trie.maximumNodeCount) distinct prefixes")
    }
  }

  /// Makes `token(_:)` work, and refuses two tokens with one id.
  mutating func sortByID(at place: FilePlace) throws {
    guard let id = sortByID() else { return }
    throw place.inconsistent("\"\(token(id) ?? "")\" and another token have the id \(id)")
  }
}
