import TesseraEmbedders
import TesseraJSON
import TesseraRetrieval

/// Items that may be hits, in memory.
struct RankedItems {
  /// What is compared: dense vectors, or those of tokens where the model gives no other.
  let kind: VectorKind
  private var choices: [(row: ItemRow, item: Item)] = []
  private let store = MemoryStore()
  private var tokens = TokenMemory()

  init(of embedder: Embedder) { kind = embedder.vectorKinds == [.colbert] ? .colbert : .dense }

  mutating func add(_ row: ItemRow, _ item: Item, _ embedding: Embedding) throws {
    if kind == .colbert {
      tokens.add(embedding.colbertVectors ?? [])
    } else {
      try store.add([StoreRow(StoredItem(id: String(choices.count)), vector: embedding.vector)])
    }
    choices.append((row, item))
  }

  /// The nearest to a query, the nearest first; of equal scores, the item that came first is first.
  func nearest(
    _ count: Int, to query: Embedding
  ) throws -> [(row: ItemRow, item: Item, score: Float)] {
    guard kind == .dense else {
      return tokens.nearest(count, to: query.colbertVectors ?? []).map {
        (choices[$0.row].row, choices[$0.row].item, $0.score)
      }
    }
    let hits = try store.search([query.vector], StoreRequest(limit: count))
    return hits.joined().compactMap { hit in
      Int(hit.item.id).map { (choices[$0].row, choices[$0].item, hit.score) }
    }
  }
}

/// The items nearest to a query, the nearest first; none for a query that failed.
struct Ranking {
  private let query: ItemRow
  private let error: String?
  private let hits: [(row: ItemRow, score: Float, logit: Float?)]

  /// - Parameter reordering: puts the best into order again.
  init(
    query: ItemRow, _ result: Result<Embedding, ItemFailure>, among items: RankedItems, top: Int,
    _ reordering: Reordering?
  ) throws {
    self.query = query
    switch result {
    case .success(let embedding):
      let nearest = try items.nearest(max(top, reordering?.candidates ?? top), to: embedding)
      let ordered =
        try reordering?.reordered(nearest, for: query.text) { $0.item }
        ?? nearest.map { ($0, nil) }
      hits = ordered.prefix(top).map { ($0.hit.row, $0.hit.score, $0.logit) }
      error = nil
    case .failure(let failure): (hits, error) = ([], query.message(failure))
    }
  }

  var json: String {
    JSONWriter.line { object in
      query.writeFields(to: &object, replacing: ["hits"])
      if let error { object.member("error", error) }
      object.objects("hits", hits) { object, hit in
        object.member("score", hit.score)
        if let logit = hit.logit { object.member("logit", logit) }
        hit.row.writeFields(to: &object, replacing: ["score", "logit"])
      }
    }
  }

  var table: String {
    let lines = hits.enumerated().map { place, hit in
      "\(Decimals.pad("\(place + 1)", to: 5))\(Decimals.text(hit.score, digits: 4, width: 9))"
        + (hit.logit.map { Decimals.text($0, digits: 4, width: 10) } ?? "")
        + "  \(hit.row.label)"
    }
    return ([query.label] + lines).joined(separator: "\n") + "\n"
  }
}
