import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraModels
import TesseraTensors
import TesseraTestSupport
import Testing

/// Goldens of decoders with other keys: frequencies that are scaled, and scores behind the last token.
/// The numbers are those of sentence-transformers 6.2, each of a model that was loaded for it alone.
@Suite struct ChangedDecoderTests {
  private struct Cases: Sendable {
    let texts: [String]
    let pairs: [TextPair]
    let scaled: [Case]
    let scored: [Case]
    let spoken: [Case]

    struct Case: Sendable {
      let folder: String
      let template: String?
      let config: Data
      /// Vectors, or logits.
      let answers: [[Float]]
      let tokens: [Int]
      let limit: Int?

      init(_ object: [String: Any], _ answers: String) throws {
        folder = try #require(object["folder"] as? String)
        template = object["template"] as? String
        config = try JSONSerialization.data(withJSONObject: try #require(object["config"]))
        self.answers = try #require(object[answers] as? [[NSNumber]]).map { $0.map(\.floatValue) }
        tokens = object["tokens"] as? [Int] ?? []
        limit = object["limit"] as? Int
      }

      var changes: [String: Any] {
        get throws {
          try #require(try JSONSerialization.jsonObject(with: config) as? [String: Any])
        }
      }
    }

    init() throws {
      let data = try Data(contentsOf: Goldens.url("decoders.json"))
      let file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      func objects(_ key: String) throws -> [[String: Any]] {
        try #require(file[key] as? [[String: Any]])
      }
      texts = try #require(file["texts"] as? [String])
      pairs = try #require(file["pairs"] as? [[String]]).map { TextPair($0[0], $0[1]) }
      scaled = try objects("scaled").map { try Case($0, "vectors") }
      scored = try objects("scored").map { try Case($0, "logits") }
      spoken = try objects("spoken").map { try Case($0, "logits") }
    }
  }

  @Test func `vectors with scaled frequencies are the reference's, in any batch`() throws {
    let cases = try Cases()
    #expect(cases.scaled.count == 9)
    for item in cases.scaled {
      let folder = try GoldenCopy(of: "zoo/\(item.folder)")
      try folder.merge(item.changes, into: "config.json")
      try folder.write(
        ["max_seq_length": 90, "do_lower_case": false], to: "sentence_bert_config.json")
      let embedder = try Embedder(modelFolder: folder.url)
      let note = "\(item.folder): \(try item.changes)"
      for order in [cases.texts, cases.texts.reversed()] {
        let together = try embedder.encode(order.map { Item.text($0) })
        for (text, result) in zip(order, together) {
          let vector = try result.get().vector
          let place = try #require(cases.texts.firstIndex(of: text))
          #expect(
            disagreement(
              vector, item.answers[place], Tolerance(absolute: 2e-6, relative: 2e-5)) == nil,
            "\(note), \(text)")
          let alone = try embedder.encode(.text(text)).vector
          #expect(disagreement(vector, alone, .batch) == nil, "\(note), \(text)")
        }
      }
    }
  }

  /// What was read before leaves no trace.
  @Test func `a short text behind a long one stays as it was`() throws {
    let folder = try GoldenCopy(of: "zoo/qwen3-embedding")
    try folder.merge(
      ["max_position_embeddings": 16, "rope_scaling": ["type": "dynamic", "factor": 6]],
      into: "config.json")
    let embedder = try Embedder(modelFolder: folder.url, options: .init(maxLength: 90))
    let short = try embedder.encode(.text("A blue whale in the sea.")).vector
    let long = try embedder.encode(.text(String(repeating: "whales and the sea. ", count: 8)))
    #expect(long.tokenCount > 32 && long.truncation == nil)
    #expect(try embedder.encode(.text("A blue whale in the sea.")).vector == short)
    // Where nobody names a limit, it is sentence-transformers'.
    let cut = try Embedder(modelFolder: folder.url).encode(
      .text(String(repeating: "whales and the sea. ", count: 8)))
    #expect(cut.tokenCount == 16 && cut.truncation != nil)
  }

  /// The rows are made up: row i has ((7i + 3j) mod 11 − 5)/10 in column j.
  private func classifier(_ item: Cases.Case) throws -> GoldenCopy {
    let folder = try GoldenCopy(of: "zoo/\(item.folder)")
    for name in [
      "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json",
    ] { try? FileManager.default.removeItem(at: folder.url.appending(path: name)) }
    try folder.merge(item.changes, into: "config.json")
    let labels = item.answers[0].count
    try folder.changeTensors { tensors in
      let norm = try #require(tensors["model.norm.weight"] ?? tensors["norm.weight"])
      let width = norm.shape[0]
      let values = (0..<labels * width).map { place -> Float in
        let (row, column) = (place / width, place % width)
        let step: Int = (7 * row + 3 * column) % 11
        return Float(step - 5) / 10
      }
      tensors["score.weight"] = StoredTensor(values, shape: [labels, width])
    }
    if let template = item.template {
      try Data(template.utf8).write(to: folder.url.appending(path: "chat_template.jinja"))
    }
    return folder
  }

  @Test func `scores of the last token are the reference's`() throws {
    let cases = try Cases()
    #expect(cases.scored.count == 7)
    for item in cases.scored {
      let folder = try classifier(item)
      let reranker = try Reranker(modelFolder: folder.url)
      let note = "\(item.folder): \(try item.changes)"
      #expect(reranker.labels.count == item.answers[0].count)
      let together = try reranker.scores(of: cases.pairs)
      for (index, result) in together.enumerated() {
        let score = try result.get()
        #expect(score.tokenCount == item.tokens[index], "\(note)")
        #expect(
          disagreement(
            score.logits, item.answers[index], Tolerance(absolute: 2e-5, relative: 1e-5)) == nil,
          "\(note), \(index)")
        let alone = try reranker.score(of: cases.pairs[index])
        #expect(disagreement(score.logits, alone.logits, .batch) == nil, "\(note)")
      }
      let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: folder.url) }
      #expect("\(error, default: "none")".contains("rerank"))
    }
  }

  /// As sentence-transformers refuses them; a text by itself is read as it stands.
  @Test func `a template for conversations alone scores no pairs`() throws {
    let cases = try Cases()
    let item = try #require(cases.scored.first { $0.template != nil })
    let folder = try classifier(item)
    let template = "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}"
    try Data(template.utf8).write(to: folder.url.appending(path: "chat_template.jinja"))
    let reranker = try Reranker(modelFolder: folder.url)
    let error = #expect(throws: EmbedderError.self) { try reranker.score(of: cases.pairs[0]) }
    #expect("\(error, default: "none")".contains("chat_template.jinja"))
    #expect(try reranker.score(of: TextPair("a bear")).logits[0].isFinite)
    // A file that knows texts alone leaves the template out.
    try folder.write(
      ["modality_config": ["text": ["method": "forward", "method_output_name": "logits"]]],
      to: "sentence_bert_config.json")
    let plain = try Reranker(modelFolder: folder.url).score(of: cases.pairs[0])
    #expect(plain.tokenCount == 18)
  }

  /// Whole, and in pieces with what was kept of those before: the first numbers of what comes next.
  @Test func `conversations turn as the reference's, and end where keys would change`() throws {
    let cases = try Cases()
    #expect(cases.spoken.count == 4)
    for item in cases.spoken {
      let folder = try GoldenCopy(of: "zoo/\(item.folder)")
      try folder.merge(item.changes, into: "config.json")
      let files = try ModelFiles(folder: folder.url)
      let family = try #require(try Families.chatType(of: files)).init(files)
      let limit = try #require(item.limit)
      let model = try family.model(Weights(try Checkpoint.open(folder.url), precision: .float32))
      let ids = (0..<item.tokens[0]).map { (37 * $0) % 400 + 3 }
      var whole = model.session()
      let logits = try whole.read(ids, pictures: [])
      #expect(
        disagreement(
          Array(logits.elements.prefix(32)), item.answers[0],
          Tolerance(absolute: 2e-5, relative: 2e-5)) == nil, "\(item.folder)")
      var pieces = model.session()
      _ = try pieces.read(Array(ids[..<40]), pictures: [])
      #expect(try pieces.read(Array(ids[40...]), pictures: []).elements == logits.elements)
      let rest = [Int](repeating: 5, count: limit - ids.count + 1)
      #expect(throws: ChatError.self) { try pieces.read(rest, pictures: []) }
      #expect(pieces.count == ids.count)
      if rest.count > 1 { _ = try pieces.read(Array(rest.dropLast()), pictures: []) }
    }
  }

  @Test func `a Llama that chats makes no vectors`() throws {
    let error = #expect(throws: EmbedderError.self) {
      try Embedder(modelFolder: Goldens.url("zoo/llama-chat"))
    }
    #expect("\(error, default: "none")".contains("conversations"))
  }
}
