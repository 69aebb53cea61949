/// Pieces of so many scalars each; the last may be shorter.
struct FixedLength: PreTokenizer {
  private let length: Int

  init(_ length: Int) {
    precondition(length > 0, "a piece has characters")
    self.length = length
  }

  func preTokenize(_ text: inout PreTokenizedText) {
    let bytes = text.bytes
    text.split { piece, parts in
      var start = piece.lowerBound
      var offset = start
      var count = 0
      while offset < piece.upperBound {
        offset += bytes.scalar(at: offset).length
        count += 1
        if count == length {
          parts.append(start..<offset)
          start = offset
          count = 0
        }
      }
      parts.append(start..<piece.upperBound)
    }
  }
}
