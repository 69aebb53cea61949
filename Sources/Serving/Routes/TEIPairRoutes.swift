import TesseraEmbedders
import TesseraJSON

/// The routes of text-embeddings-inference that score texts and pairs of texts.
enum TEIPairRoutes {
  static let all: [String: [String: Route]] = [
    "/rerank": ["POST": rerank], "/predict": ["POST": predict],
  ]

  /// With `documents` in place of `texts` it is asked in others' words.
  static let rerank = Route(.tei) { service, question in
    let fields = try RequestFields(question)
    guard try fields.field("documents") == nil else {
      return try await RerankRoutes.answer(service, question, fields)
    }
    try fields.allow(
      ["query", "texts", "raw_scores", "return_text", "model"] + TEITruncation.fields)
    let ranking = try Ranking(fields, texts: "texts", service)
    let truncation = try TEITruncation(fields)
    let isRaw = try fields.bool("raw_scores") ?? false
    let returnsText = try fields.bool("return_text") ?? false
    let hits = try await ranking.hits(long: truncation.long, for: question)
    try truncation.check(anyCut: hits.contains { $0.score.truncation != nil }) {
      ranking.model.reranker.tokenizer.truncationSide == .left
    }
    var json = JSONWriter()
    json.writeArray(hits) { json, hit in
      json.writeObject { object in
        object.member("index", hit.index)
        object.member("score", isRaw ? hit.score.logit : hit.score.probabilities[0])
        if returnsText { object.member("text", ranking.texts[hit.index]) }
      }
    }
    return .json(headers: hits.map(\.score).headers, json.text)
  }

  /// Labels with what they get, the best first.
  static let predict = Route(.tei) { service, question in
    let fields = try RequestFields(question).withParameters()
    try fields.allow(["inputs", "raw_scores", "top_k", "model"] + TEITruncation.fields)
    let model = try service.models.reranker(fields.string("model"))
    let isRaw = try fields.bool("raw_scores") ?? false
    // Hugging Face's word for the best labels alone.
    let count = try fields.int("top_k", in: 1...Int(Int32.max)) ?? model.reranker.labels.count
    let truncation = try TEITruncation(fields)
    let (pairs, isOne) = try pairs(fields, TextReading(settings: service.settings))
    let scores = try await service.score(
      pairs, with: model, long: truncation.long, for: question)
    try truncation.check(anyCut: scores.contains { $0.truncation != nil }) {
      model.reranker.tokenizer.truncationSide == .left
    }
    var json = JSONWriter()
    let writing = LabelWriting(labels: model.reranker.labels, count: count, isRaw: isRaw)
    if isOne, let score = scores.first {
      writing.write(score, to: &json)
    } else {
      json.writeArray(scores) { writing.write($1, to: &$0) }
    }
    return .json(headers: scores.headers, json.text)
  }

  /// `inputs`: a text, a pair of two, or a batch of arrays with one or two texts each.
  private static func pairs(
    _ fields: RequestFields, _ reading: TextReading
  ) throws -> ([TextPair], isOne: Bool) {
    let name = "inputs"
    let inputs = try fields.required(name)
    guard case .array(let elements) = inputs.value else {
      return ([TextPair(try reading.text(inputs, name))], true)
    }
    guard let first = elements.first else {
      throw Problem(.empty, "`inputs` cannot be empty", field: name)
    }
    guard case .array = first else { return ([try pair(inputs, reading)], true) }
    try reading.check(count: elements.count, name)
    return (try inputs.elements().map { try pair($0, reading) }, false)
  }

  private static func pair(_ field: Field, _ reading: TextReading) throws -> TextPair {
    let texts = try field.elements().map { try reading.text($0, "inputs", mayBeEmpty: true) }
    guard (1...2).contains(texts.count) else { throw field.wrongType("one text, or two") }
    return TextPair(texts[0], texts.count == 2 ? texts[1] : nil)
  }
}

/// How the labels of a text, or of a pair, are written.
private struct LabelWriting {
  let labels: [String]
  /// Labels that are written, the best first.
  let count: Int
  let isRaw: Bool

  func write(_ score: PairScore, to json: inout JSONWriter) {
    let values = isRaw ? score.logits : score.probabilities
    // Swift's sort is stable: of equal ones the first label is first.
    let best = zip(labels, values).sorted { $0.1 > $1.1 }.prefix(count)
    json.writeArray(best) { json, label in
      json.writeObject { object in
        object.member("score", label.1)
        object.member("label", label.0)
      }
    }
  }
}
