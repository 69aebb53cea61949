import TesseraJSON
import TesseraTestSupport
import TesseraTokenizers
import Testing

/// Vocabularies that are hard to keep in order: pieces that begin alike, or end in zeros.
@Suite struct VocabularyTests {
  /// Pieces of a few letters, most of which others begin with.
  private static let pieces: [String] = {
    var pieces = [
      "", "\0", "\0\0", "a\0", "a\0\0\0\0\0\0\0", "a\0\0\0\0\0\0\0\0", "a", "ÿ", "鲸",
      // SentencePiece's mark, and two that share bytes with it.
      "▁", "▁▁", "▁a", "▁ÿ", "▁鲸", "▂", "•",
    ]
    var known = Set(pieces)
    var random = SplitMix64(seed: 1)
    for length in 1...40 {
      for _ in 0..<100 {
        let stem = pieces.randomElement(using: &random) ?? ""
        let letters = (0..<length / 4 + 1).map { _ in "ab\0鲸▁".randomElement(using: &random) ?? "a"
        }
        let piece = String(stem.prefix(length)) + String(letters)
        if known.insert(piece).inserted { pieces.append(piece) }
      }
    }
    return pieces.shuffled(using: &random)
  }()

  private func unigram(_ pieces: [String]) throws -> Tokenizer {
    let vocabulary = pieces.map { JSONValue.array([.string($0), .number(-1)]) }
    return try tokenizer(
      tokenizerJSON(
        model: #"{"type": "Unigram", "unk_id": 0, "vocab": \#(jsonText(.array(vocabulary)))}"#))
  }

  @Test func `every piece has its own id and nothing else has one`() throws {
    let pieces = Self.pieces
    let tokenizer = try unigram(pieces)
    let known = Set(pieces)
    for (id, piece) in pieces.enumerated() {
      // What is empty is never found.
      #expect(tokenizer.id(piece) == (piece.isEmpty ? nil : id), "\(piece.debugDescription)")
      #expect(tokenizer.token(id) == piece)
      for neighbour in [piece + "a", piece + "\0", String(piece.dropLast())] {
        #expect(
          (tokenizer.id(neighbour) != nil) == (known.contains(neighbour) && !neighbour.isEmpty),
          "\(neighbour.debugDescription)")
      }
    }
  }

  @Test func `of equal pieces the last counts`() throws {
    let pieces = ["<unk>", "twin of more than sixteen bytes", "b", "b", "other", "b", "▁", "▁"]
    let tokenizer = try unigram(pieces + pieces.prefix(2))
    #expect(tokenizer.id("b") == 5)
    #expect(tokenizer.id("▁") == 7)
    #expect(tokenizer.encode("▁o").ids == [7, 0])
    #expect(tokenizer.id("twin of more than sixteen bytes") == 9)
  }

  @Test func `a vocabulary beyond what a trie can number is refused`() throws {
    let piece = String(repeating: "a", count: 1 << 24)
    for model in [
      #"{"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["\#(piece)", -1]]}"#,
      #"{"type": "BPE", "vocab": {"a": 0, "\#(piece)": 1}, "merges": []}"#,
    ] {
      let error = #expect(throws: FieldError.self) {
        try tokenizer(tokenizerJSON(model: model))
      }
      #expect("\(error, default: "none")".contains("model.vocab: a vocabulary of 167772"))
    }
  }

  @Test func `threads that ask a vocabulary at once are answered alike`() async throws {
    let pieces = ["<unk>"] + Self.pieces
    let tokenizer = try unigram(pieces)
    let text = pieces.joined()
    let alone = try unigram(pieces).encode(text).ids
    await withTaskGroup(of: [Int].self) { group in
      for _ in 0..<8 { group.addTask { tokenizer.encode(text).ids } }
      for await ids in group { #expect(ids == alone) }
    }
  }
}
