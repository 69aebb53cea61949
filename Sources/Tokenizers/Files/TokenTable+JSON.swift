import TesseraJSON

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
      var position = 0
      try json.readArray { json in
        switch position {
        case 0:
          try append(id: Int32(truncatingIfNeeded: scores.count)) {
            try json.readString(appendingTo: &$0)
          }
        case 1: scores.append(try json.readDouble())
        default: throw json.expected("no more than a piece and its score")
        }
        position += 1
      }
      guard position == 2 else { throw json.expected("a piece and its score") }
    }
  }
}
