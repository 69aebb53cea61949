/// BERT's words: white space separates them and is dropped, each punctuation mark is its own.
struct BertPreTokenizer: PreTokenizer {
  private let whiteSpace = ScalarTable<Bool>.whiteSpace
  private let punctuation = ScalarTable<Bool>.punctuation

  func preTokenize(_ text: inout PreTokenizedText) {
    let bytes = text.bytes
    text.split { piece, parts in
      var wordStart = piece.lowerBound
      var offset = piece.lowerBound
      while offset < piece.upperBound {
        let (scalar, length) = bytes.scalar(at: offset)
        let end = offset + length
        let isPunctuation = punctuation[scalar]
        if isPunctuation || whiteSpace[scalar] {
          if wordStart < offset { parts.append(wordStart..<offset) }
          if isPunctuation { parts.append(offset..<end) }
          wordStart = end
        }
        offset = end
      }
      if wordStart < piece.upperBound { parts.append(wordStart..<piece.upperBound) }
    }
  }
}
