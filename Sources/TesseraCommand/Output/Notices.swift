import TesseraEmbedders

/// What a reader of the vectors should know, said once at the end of a run.
struct Notices {
  private var truncatedCount = 0
  private var exampleOfTruncation = ""
  private var unknownCount = 0
  private var exampleOfUnknown = ""

  /// Notes what is to be said of one text; `place` is where it stands: "line 3".
  mutating func note(_ embedding: Embedding, of place: String) {
    if let truncation = embedding.truncation {
      noteTruncation(kept: truncation.kept, total: truncation.total, of: place)
    }
    if let unknown = embedding.unknownWords {
      noteUnknown(count: unknown.count, examples: unknown.examples, of: place)
    }
  }

  mutating func noteTruncation(kept: Int, total: Int, of place: String) {
    if truncatedCount == 0 {
      exampleOfTruncation = "\(place) has \(total) tokens, of which \(kept) were read"
    }
    truncatedCount += 1
  }

  mutating func noteUnknown(count: Int, examples: [String], of place: String) {
    if unknownCount == 0 {
      exampleOfUnknown = examples.map { "\"\($0)\"" }.joined(separator: ", ") + " in \(place)"
    }
    unknownCount += count
  }

  /// Says what is to be said of one text alone.
  static func print(_ embedding: Embedding, of place: String) {
    var notices = Notices()
    notices.note(embedding, of: place)
    notices.print()
  }

  func print() {
    if truncatedCount > 0 {
      StandardError.note(
        "\(truncatedCount) text\(truncatedCount == 1 ? " was" : "s were") cut to the limit"
          + " of tokens: \(exampleOfTruncation)")
    }
    if unknownCount > 0 {
      StandardError.note(
        "\(unknownCount) word\(unknownCount == 1 ? " is" : "s are") not in the model's"
          + " vocabulary, and all look alike to it: \(exampleOfUnknown)")
    }
  }
}
