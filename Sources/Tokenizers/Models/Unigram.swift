/// SentencePiece's Unigram model as HF tokenizers runs it: of all ways to cut a piece into pieces
/// of the vocabulary, the one with the greatest sum of scores.
struct Unigram: Model {
  let vocabulary: Vocabulary<Grove>
  private let scores: [Double]
  private let unknown: Int32
  private let unknownScore: Double
  /// The tokens "<0x00>" … "<0xFF>", by which unknown text is spelled; nil: it is not.
  private let byteTokens: [Int32?]?

  var unknownID: Int? { Int(unknown) }

  /// An unknown scalar costs this much more than the rarest piece.
  private static let unknownPenalty = 10.0

  /// Builds a model whose `scores` stand in the order of the ids.
  init(vocabulary: Vocabulary<Grove>, scores: [Double], unknown: Int32, byteFallback: Bool = false)
  {
    self.vocabulary = vocabulary
    self.scores = scores
    self.unknown = unknown
    unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
    byteTokens = byteFallback ? vocabulary.byteTokens : nil
  }

  /// The best way to reach an offset.
  private struct Step {
    var score = 0.0
    var id: Int32 = 0
    /// The last piece's length in bytes; 0: nothing reaches this offset.
    var length: Int32 = 0

    @inline(__always)
    mutating func offer(_ score: Double, _ id: Int32, length: Int) {
      if self.length == 0 || score > self.score {
        self.score = score
        self.id = id
        self.length = Int32(truncatingIfNeeded: length)
      }
    }
  }

  func tokenize(_ text: PreTokenizedText, into tokens: inout TokenList) {
    var steps: [Step] = []
    var path: [Int] = []
    for piece in text.pieces {
      tokens.beginWord(text.bytes[piece])
      findBestSteps(piece, of: text.bytes, into: &steps)
      path.removeAll(keepingCapacity: true)
      var end = piece.count
      while end > 0 {
        path.append(end)
        end -= Int(steps[end].length)
      }
      emit(path, steps, piece, of: text.bytes, into: &tokens)
    }
  }

  /// Viterbi, forward: candidates come by ascending start, and only a strictly better one replaces
  /// another, so that ties fall as in the reference.
  private func findBestSteps(_ piece: Range<Int>, of bytes: [UInt8], into steps: inout [Step]) {
    steps.removeAll(keepingCapacity: true)
    steps.append(contentsOf: repeatElement(Step(), count: piece.count + 1))
    var start = piece.lowerBound
    while start < piece.upperBound {
      let scoreSoFar = steps[start - piece.lowerBound].score
      let scalarEnd = start + bytes.scalar(at: start).length
      var hasScalarPiece = false
      let tree = vocabulary.index.tree(for: start..<piece.upperBound, of: bytes)
      var node = Trie.root
      var end = start
      while end < piece.upperBound, let child = tree.trie.child(of: node, bytes[end]) {
        node = child
        end += 1
        let id = tree.trie.value(at: node)
        if id == Trie.noValue { continue }
        let score = scores[Int(id)] + scoreSoFar
        steps[end - piece.lowerBound].offer(score, id, length: end - start)
        if end == scalarEnd { hasScalarPiece = true }
      }
      if !hasScalarPiece {
        steps[scalarEnd - piece.lowerBound]
          .offer(unknownScore + scoreSoFar, unknown, length: scalarEnd - start)
      }
      start = scalarEnd
    }
  }

  /// Appends the tokens along `path` (ends, last first), fusing consecutive unknowns.
  private func emit(
    _ path: [Int], _ steps: [Step], _ piece: Range<Int>, of bytes: [UInt8],
    into tokens: inout TokenList
  ) {
    var unknownStart: Int?
    for end in path.reversed() {
      let step = steps[end]
      let start = end - Int(step.length)
      if step.id == unknown {
        unknownStart = unknownStart ?? start
        continue
      }
      if let first = unknownStart {
        emitUnknown(bytes[piece.lowerBound + first..<piece.lowerBound + start], into: &tokens)
        unknownStart = nil
      }
      tokens.append(step.id)
    }
    if let first = unknownStart {
      emitUnknown(bytes[piece.lowerBound + first..<piece.upperBound], into: &tokens)
    }
  }

  private func emitUnknown(_ text: ArraySlice<UInt8>, into tokens: inout TokenList) {
    // The reference looks fused text up again, so it may turn out to be known.
    if let id = vocabulary.id(text) {
      tokens.append(id)
    } else if let byteTokens, case let ids = text.compactMap({ byteTokens[Int($0)] }),
      ids.count == text.count
    {
      for id in ids { tokens.append(id) }
    } else {
      tokens.appendUnknown(unknown, for: text)
    }
  }
}

extension Vocabulary {
  /// The ids of "<0x00>" … "<0xFF>", nil where there is none.
  var byteTokens: [Int32?] {
    (0...255).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return id("<0x\(digits.count == 1 ? "0" : "")\(digits)>").map { Int32($0) }
    }
  }
}
