import Embedders

/// What a reader of the vectors should know, said once at the end of a run.
struct Notices {
  private var truncated = 0
  private var exampleOfTruncation = ""
  private var unknownCount = 0
  private var exampleOfUnknown = ""

  mutating func note(_ embedding: Embedding, of row: ItemRow) {
    if let truncation = embedding.truncation {
      if truncated == 0 {
        exampleOfTruncation =
          "\(row.place) has \(truncation.total) tokens, of which \(truncation.kept) were read"
      }
      truncated += 1
    }
    if let unknown = embedding.unknownWords {
      if unknownCount == 0 {
        exampleOfUnknown =
          unknown.examples.map { "\"\($0)\"" }.joined(separator: ", ") + " in \(row.place)"
      }
      unknownCount += unknown.count
    }
  }

  func print() {
    if truncated > 0 {
      StandardError.write(
        "note: \(truncated) text\(truncated == 1 ? " was" : "s were") cut to the limit of tokens:"
          + " \(exampleOfTruncation)")
    }
    if unknownCount > 0 {
      StandardError.write(
        "note: \(unknownCount) word\(unknownCount == 1 ? " is" : "s are") not in the model's"
          + " vocabulary, and all look alike to it: \(exampleOfUnknown)")
    }
  }
}
