import Foundation
import TesseraEmbedders
import TesseraRetrieval

/// A second look at the first hits of a search, by something slower and better.
protocol HitReranker {
  /// The kinds of vectors that it wants of a query.
  var kinds: [VectorKind] { get }
  /// A score for each hit: the higher, the better.
  func scores(_ query: Query, _ hits: [StoreHit]) throws -> [Float]
  /// What is to be said of the texts that it read.
  var notices: Notices { get }
}

/// Compares every token of a query with every token of a hit.
struct TokenReranker: HitReranker {
  let store: DiskStore
  var kinds: [VectorKind] { [.colbert] }
  var notices: Notices { Notices() }

  func scores(_ query: Query, _ hits: [StoreHit]) throws -> [Float] {
    try store.tokenScores(query.vectors.get(), of: hits)
  }
}

/// Reads each hit, its text or its picture, together with the query's text.
final class ReadingReranker: HitReranker {
  private(set) var notices = Notices()
  private let reader: HitReader

  init(reader: HitReader) { self.reader = reader }

  var kinds: [VectorKind] { [] }

  func scores(_ query: Query, _ hits: [StoreHit]) throws -> [Float] {
    guard let text = query.item?.text else {
      throw QueryFailure(message: "\(query.row.place): a reranker reads texts, and it has none")
    }
    let logits = try reader.logits(text, hits.map(\.item.asEncoded), noting: &notices)
    let subject = reader.subject
    return try zip(hits, logits).map { hit, logit in
      guard let logit else {
        throw QueryFailure(
          message: "\(hit.item.id) has no \(subject) that the reranker could read; "
            + "--where \"kind = \(subject)\" asks for those that have")
      }
      do {
        return try logit.get()
      } catch {
        throw QueryFailure(message: "\(hit.item.id): the reranker cannot read it: \(error)")
      }
    }
  }
}

extension StoredItem {
  /// What can be read again of it.
  var asEncoded: Item {
    Item(text: text, image: image.map { .file(URL(filePath: $0)) })
  }
}

/// How an index is asked: by one comparison, and perhaps by a second for the best of the first.
struct Comparison {
  let store: any KeptStore
  let mode: SearchMode
  let candidates: Int
  let reranker: (any HitReranker)?

  /// What has to be known of a query.
  var kinds: [VectorKind] {
    let wanted = Set(mode.kinds + (reranker?.kinds ?? []) + [.dense])
    let isDense = store.vectorKinds.contains(.dense)
    return VectorKind.allCases.filter { wanted.contains($0) && (isDense || $0 != .dense) }
  }

  /// Says what is to be said of the texts that the second look read.
  func printNotices() { reranker?.notices.print() }

  /// The hits of queries that all have their vectors.
  func hits(of queries: [Query], _ request: StoreRequest) throws -> [[StoreHit]] {
    let vectors = try queries.map { try $0.vectors.get() }
    guard let reranker else { return try found(vectors, request) }
    var first = request
    first.offset = 0
    first.minimumScore = nil
    if request.limit != .max { first.limit = max(candidates, request.offset + request.limit) }
    return try zip(queries, found(vectors, first)).map { query, hits in
      let scores = try reranker.scores(query, hits)
      let least = request.minimumScore ?? -.infinity
      let order = hits.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
      return order.dropFirst(request.offset).prefix(request.limit)
        .prefix { scores[$0] >= least }.map {
          hits[$0].scored(scores[$0], after: mode.kinds[0])
        }
    }
  }

  private func found(_ queries: [StoreQuery], _ request: StoreRequest) throws -> [[StoreHit]] {
    guard mode != .dense else { return try store.search(queries.map(\.vector), request) }
    return try store.search(queries, mode: mode, candidates: candidates, request)
  }
}
