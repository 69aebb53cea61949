import TesseraEmbedders
import TesseraJSON

/// A text that may be a hit, or why it is none.
struct Passage {
  let row: ItemRow
  let text: Result<String, ItemFailure>

  init(_ line: ItemLine) {
    row = line.row
    text = line.item.flatMap { item in
      item.image == nil ? .success(item.text ?? "") : .failure(.encoding(.imagesNotSupported))
    }
  }
}

/// Passages with what a reranker says of them for one query.
struct RerankedPassages {
  var hits: [(passage: Passage, score: PairScore)] = []
  var failures: [(passage: Passage, failure: ItemFailure)] = []
}

extension Reranker {
  /// The passages for a query, the best first; of equal logits, the one that came first is first.
  func ranking(
    of passages: [Passage], for query: ItemLine, _ outcome: inout Outcome
  ) throws -> Result<RerankedPassages, ItemFailure> {
    let asked: String
    switch Passage(query).text {
    case .success(let text): asked = text
    case .failure(let failure):
      outcome.noteFailure(query.row.message(failure))
      return .failure(failure)
    }
    let usable = passages.compactMap { passage in
      (try? passage.text.get()).map { (passage: passage, text: $0) }
    }
    let progress = Progress("scored", total: usable.count)
    var ranking = RerankedPassages()
    for passage in passages {
      if case .failure(let failure) = passage.text { ranking.failures.append((passage, failure)) }
    }
    for start in stride(from: 0, to: usable.count, by: 64) {
      let some = usable[start..<min(start + 64, usable.count)]
      for (one, result) in zip(some, try scores(of: some.map { TextPair(asked, $0.text) })) {
        switch result {
        case .success(let score):
          ranking.hits.append((one.passage, score))
          outcome.note(score, of: one.passage.row.place)
        case .failure(let error):
          ranking.failures.append((one.passage, .encoding(error)))
          outcome.noteFailure(one.passage.row.message(.encoding(error)))
        }
      }
      progress.advance(by: some.count)
    }
    progress.end()
    // Swift's sort is stable.
    ranking.hits.sort { $0.score.logit > $1.score.logit }
    return .success(ranking)
  }
}

extension Outcome {
  mutating func note(_ score: PairScore, of place: String) {
    if let cut = score.truncation {
      noteTruncation(kept: cut.kept, total: cut.total, of: "\(place), with its query,")
    }
    if let unknown = score.unknownWords {
      noteUnknown(count: unknown.count, examples: unknown.examples, of: place)
    }
  }
}

/// Writes the hits of queries, a line a hit.
struct RerankedHits {
  let output: OutputFile
  let format: RerankCommand.Format
  let count: Int
  let isRaw: Bool
  /// Whether a line says whose hit it is: where there may be several queries.
  let namesQueries: Bool

  func write(_ query: ItemLine, _ ranking: Result<RerankedPassages, ItemFailure>) throws {
    switch format {
    case .jsonl: try writeLines(query, ranking)
    case .table: try writeTable(query, ranking)
    }
  }

  private func writeLines(
    _ query: ItemLine, _ ranking: Result<RerankedPassages, ItemFailure>
  ) throws {
    guard case .success(let ranking) = ranking else {
      guard case .failure(let failure) = ranking else { return }
      try output.write(
        JSONWriter.line { object in
          object.member("query", query.row.id)
          object.member("error", query.row.message(failure))
        })
      return
    }
    for (place, hit) in ranking.hits.prefix(count).enumerated() {
      try output.write(
        JSONWriter.line { object in
          if namesQueries { object.member("query", query.row.id) }
          object.member("rank", place + 1)
          object.member("id", hit.passage.row.id)
          object.member("index", hit.passage.row.index)
          object.member("logit", hit.score.logit)
          if !isRaw { object.member("score", hit.score.probabilities[0]) }
          hit.passage.row.writeFurtherFields(
            to: &object, replacing: ["query", "rank", "id", "_id", "logit", "score"])
        })
    }
    for (passage, failure) in ranking.failures {
      try output.write(
        JSONWriter.line { object in
          if namesQueries { object.member("query", query.row.id) }
          object.member("id", passage.row.id)
          object.member("index", passage.row.index)
          object.member("error", passage.row.message(failure))
        })
    }
  }

  private func writeTable(
    _ query: ItemLine, _ ranking: Result<RerankedPassages, ItemFailure>
  ) throws {
    try output.write(query.row.label + "\n")
    guard case .success(let ranking) = ranking else { return }
    for (place, hit) in ranking.hits.prefix(count).enumerated() {
      let score = isRaw ? "" : Decimals.text(hit.score.probabilities[0], digits: 4, width: 9)
      try output.write(
        "\(Decimals.pad("\(place + 1)", to: 5))\(Decimals.text(hit.score.logit, digits: 4, width: 10))"
          + "\(score)  \(hit.passage.row.label)\n")
    }
  }
}
