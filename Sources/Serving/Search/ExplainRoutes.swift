import Foundation
import TesseraEmbedders
import TesseraJSON
import TesseraStudy

/// Why a row was found: what of it, and of the query, their likeness rests on.
enum ExplainRoutes {
  static let all: [String: [String: Route]] = ["/v1/explain": ["POST": explain]]

  private struct Pair: Sendable {
    let embedder: Embedder
    let query: Item
    let hit: Item
  }

  /// Finer parts take longer: a run of the model for each.
  private static let options = Explanation.Options(
    dimensionGroups: 1, wordGroups: 24, patchBlocks: 4)
  /// Runs that one explanation may take.
  private static let runs = 48

  private static let lane = Lane<Pair, Result<Explanation, any Error>> { pairs in
    pairs.map { pair in
      Result { try pair.embedder.explain(pair.query, pair.hit, options: options) }
    }
  }

  private static let explain = Route(.openAI) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(["query", "id", "index", "model"], harmless: ["user"])
    let asked = try SearchRequest(fields, service, limit: 1)
    let embedder = asked.model.embedder
    guard embedder.explainsVectors else {
      throw Problem(.invalid, "\(EmbedderError.notExplained)", field: "model")
    }
    let id = try fields.required("id").string()
    guard let row = try await asked.index.row(id)?.item else {
      throw Problem(.notFound, "the index has no row \(id.prefix(80))", field: "id")
    }
    guard !row.lacksPicture else {
      throw Problem(
        .invalid, "the picture of \(id.prefix(80)) was sent by a client, and is not kept",
        field: "id")
    }
    let image = row.image.map { ImageSource.file(URL(filePath: $0)) }
    guard row.text != nil || image != nil else {
      throw Problem(.invalid, "the row has a vector, and nothing to be explained", field: "id")
    }
    let pair = Pair(
      embedder: embedder, query: try await asked.item(),
      hit: Item(text: row.text, image: image, prompt: .document))
    let tokens = try [pair.query, pair.hit].reduce(0) {
      try $0 + embedder.prepare($1).tokenCount
    }
    let results = try await service.batcher.run(
      [pair], tokens: [tokens * runs], on: lane, for: question.client)
    let explanation = try results[0].get()
    return .json(
      JSONWriter.line { object in
        object.member("object", "explanation")
        object.member("id", id)
        object.member("cosine", explanation.cosine)
        object.objects("parts", explanation.second.mostFirst) { $1.write(to: &$0) }
        object.objects("query", explanation.first.mostFirst) { $1.write(to: &$0) }
        if let side = explanation.second.plan.patchesPerSide {
          object.member("patches_per_side", side)
        }
      })
  }
}

extension Explanation.Side {
  fileprivate var mostFirst: [Explanation.Omission] {
    omissions.sorted { $0.similarityChange < $1.similarityChange }
  }
}

extension Explanation.Omission {
  /// In the words of `tessera search --explain`.
  fileprivate func write(to object: inout JSONWriter.ObjectWriter) {
    switch part {
    case .words(let words): object.member("words", words)
    case .patches(let rows, let columns):
      object.member("rows", [rows.lowerBound, rows.upperBound])
      object.member("columns", [columns.lowerBound, columns.upperBound])
    }
    object.member("carries", -similarityChange)
  }
}
