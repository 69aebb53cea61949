import JSON

/// Reading vocabularies, of which the large ones decide how long a tokenizer takes to load.
extension TokenTable {
  /// Reads `{"token": id, …}`.
  init(reading json: inout JSONReader, at place: FilePlace) throws {
    self.init()
    try json.readObject { token, json in
      let number = try json.readInt()
      guard let id = Int32(exactly: number), id >= 0 else {
        throw place.wrongType(expected: "ids from 0 to 2147483647", found: "\(number)")
      }
      append(token, id: id)
    }
  }

  /// Reads Unigram's `[[piece, score], …]`, where the order gives the ids and `scores`
  /// receives the scores.
  init(reading json: inout JSONReader, scores: inout [Double]) throws {
    self.init()
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
      append(piece, id: Int32(truncatingIfNeeded: scores.count))
      scores.append(score)
    }
  }
}
