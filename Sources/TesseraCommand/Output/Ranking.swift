import TesseraEmbedders
import TesseraJSON
import TesseraTensors

/// An item that may be a hit.
struct RankedItem {
  let row: ItemRow
  let embedding: Embedding
}

/// The items nearest to a query, the nearest first; none for a query that failed.
struct Ranking {
  private let query: ItemRow
  private let error: String?
  private let hits: [(item: RankedItem, score: Float)]

  /// Of equal scores, the item that came first is first.
  init(
    query: ItemRow, _ result: Result<Embedding, ItemFailure>, among items: [RankedItem], top: Int
  ) {
    self.query = query
    let embedding: Embedding
    switch result {
    case .success(let vectors):
      (embedding, error) = (vectors, nil)
    case .failure(let failure):
      (hits, error) = ([], query.message(failure))
      return
    }
    let scores = Parallel.map(items.count) { items[$0].embedding.similarity(to: embedding) }
    let order = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
    hits = order.prefix(top).map { (items[$0], scores[$0]) }
  }

  var json: String {
    JSONWriter.line { object in
      query.writeFields(to: &object, replacing: ["hits"])
      if let error { object.member("error", error) }
      object.objects("hits", hits) { object, hit in
        object.member("score", hit.score)
        hit.item.row.writeFields(to: &object, replacing: ["score"])
      }
    }
  }

  var table: String {
    let lines = hits.enumerated().map { place, hit in
      "\(Decimals.pad("\(place + 1)", to: 5))\(Decimals.text(hit.score, digits: 4, width: 9))"
        + "  \(hit.item.row.label)"
    }
    return ([query.label] + lines).joined(separator: "\n") + "\n"
  }
}
