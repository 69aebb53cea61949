import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraModels
import TesseraStudy
import TesseraTensors
import TesseraTestSupport
import Testing

/// Retrievers of page images: ColModernVBERT as transformers has it, and colpali's ColSmol.
@Suite struct PageRetrieverTests {
  private static let models = ["colmodernvbert", "colsmol"]

  private struct Inputs: Decodable {
    let queries: [String]
    let images: [String]
    let queryIDs: [[Int]]
    let imageIDs: [[Int]]

    private enum CodingKeys: String, CodingKey {
      case queries, images
      case queryIDs = "query_ids"
      case imageIDs = "image_ids"
    }
  }

  private struct Golden {
    let inputs: Inputs
    let expected: [String: Tensor]

    init(_ name: String) throws {
      inputs = try Goldens.json("zoo/\(name)/inputs.json", as: Inputs.self)
      expected = try Goldens.tensors("zoo/\(name)/expected.safetensors")
    }

    /// Every item that the reference answers for, with its vectors.
    var answers: [(item: Item, vectors: Tensor)] {
      let kinds: [(String, [Item])] = [
        ("query", inputs.queries.map { Item(text: $0, prompt: .query) }),
        // What is not said to be a document is a query.
        ("query", inputs.queries.map { Item(text: $0) }),
        ("document", inputs.queries.map { Item(text: $0, prompt: .document) }),
        ("image", inputs.images.map { .image(Goldens.url("images/\($0)")) }),
      ]
      return kinds.flatMap { kind, items in
        items.enumerated().compactMap { index, item in
          expected["\(kind).\(index)"].map { (item, $0) }
        }
      }
    }

    func image(_ index: Int) -> Item { .image(Goldens.url("images/\(inputs.images[index])")) }
  }

  @Test(arguments: models)
  func `each token has the reference's vector, alone and in a batch`(_ name: String) throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/\(name)"))
    #expect(embedder.vectorKinds == [.colbert])
    #expect(embedder.supportsImages && embedder.supportsTexts)
    #expect(embedder.dimension == 16)
    #expect(!embedder.notes.contains { $0.contains("is not known") }, "\(embedder.notes)")
    let answers = try Golden(name).answers
    #expect(answers.count > 25)
    let together = try embedder.encode(answers.map(\.item), returning: [.colbert])
    for (answer, result) in zip(answers, together) {
      let embedding = try result.get()
      let vectors = try #require(embedding.colbertVectors)
      #expect(vectors.count == answer.vectors.rowCount, "\(answer.item)")
      #expect(embedding.tokenCount == vectors.count)
      #expect(
        disagreement(vectors.flatMap(\.self), answer.vectors.elements, .embedding) == nil,
        "\(answer.item)")
      let alone = try embedder.encode(answer.item, returning: [.colbert])
      #expect(
        disagreement(
          try #require(alone.colbertVectors).flatMap(\.self), vectors.flatMap(\.self), .batch)
          == nil, "\(answer.item)")
    }
  }

  @Test(arguments: models)
  func `ids are the reference's, and each has its row in the plan`(_ name: String) throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/\(name)"))
    let golden = try Golden(name)
    for (text, ids) in zip(golden.inputs.queries, golden.inputs.queryIDs) {
      #expect(try embedder.prepare(.text(text)).input.ids == ids, "\(text)")
    }
    for (index, ids) in golden.inputs.imageIDs.enumerated() {
      let item = golden.image(index)
      #expect(try embedder.prepare(item).input.ids == ids, "\(index)")
      let plan = try embedder.plan(for: item)
      #expect(plan.rows.count == ids.count)
      var places: Set<[Int]> = []
      for row in plan.rows {
        if case .patch(let row, let column) = row.content { places.insert([row, column]) }
      }
      let pictureToken = try #require(embedder.family.pages).pictureToken
      #expect(places.count == ids.count { $0 == pictureToken }, "\(index)")
    }
  }

  @Test(arguments: models)
  func `stages have the names and values of the reference's modules`(_ name: String) throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/\(name)"))
    let golden = try Golden(name)
    let traced = try embedder.encodeTracing(golden.image(0), returning: [.colbert])
    let stages = Dictionary(traced.stages.map { ($0.name, $0) }) { first, _ in first }
    let expected = golden.expected.filter { $0.key.hasPrefix("stage.") }
    #expect(expected.count > 3)
    for (key, tensor) in expected {
      let name = String(key.dropFirst("stage.".count))
      let stage = try #require(stages[name], "\(name)")
      #expect(disagreement(stage.values, tensor.elements, .activation) == nil, "\(name)")
    }
  }

  @Test func `a picture may be one tile alone`() throws {
    let copy = try GoldenCopy(of: "zoo/colmodernvbert")
    let file = copy.url.appending(path: "processor_config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacingOccurrences(
      of: #""do_image_splitting": true"#, with: #""do_image_splitting": false"#
    ).write(to: file, atomically: true, encoding: .utf8)
    let embedder = try Embedder(modelFolder: copy.url)
    let golden = try Golden("colmodernvbert")
    for index in 0..<2 {
      let vectors = try embedder.encode(golden.image(index), returning: [.colbert]).colbertVectors
      let wanted = try #require(golden.expected["whole.\(index)"])
      #expect(
        disagreement(try #require(vectors).flatMap(\.self), wanted.elements, .embedding) == nil)
    }
  }

  @Test func `a long query loses words, and nothing that stands behind them`() throws {
    let folder = Goldens.url("zoo/colmodernvbert")
    let whole = try Embedder(modelFolder: folder)
    let short = try Embedder(modelFolder: folder, options: .init(maxLength: 20))
    let text = Item.text(String(repeating: "whale ", count: 30))
    let (all, cut) = (try whole.prepare(text), try short.prepare(text))
    #expect(cut.input.ids == Array(all.input.ids.prefix(9) + all.input.ids.suffix(11)))
    #expect(cut.truncation?.kept == 20)
    #expect(cut.truncation?.total == all.input.ids.count)
    // Pages are not cut.
    let page = try Golden("colmodernvbert").image(0)
    #expect(try short.prepare(page).input.ids == (try whole.prepare(page).input.ids))
  }

  @Test func `what stands around pages and before queries is the folder's`() throws {
    let copy = try GoldenCopy(of: "zoo/colmodernvbert")
    try copy.merge(
      ["query_prefix": "a photo", "visual_prompt_prefix": "<image>see"],
      into: "processor_config.json")
    let embedder = try Embedder(modelFolder: copy.url)
    let original = try Embedder(modelFolder: Goldens.url("zoo/colmodernvbert"))
    #expect(
      try embedder.prepare(.text(" of a cat")).input.ids
        == (try original.prepare(.text("a photo of a cat")).input.ids))
    #expect(
      try embedder.prepare(Item(text: " of a cat", prompt: .document)).input.ids
        == (try original.prepare(Item(text: " of a cat", prompt: .document)).input.ids))
    // The name of a task is no prompt.
    #expect(try embedder.resolved(.nameOrText("document")).text.isEmpty)
    let page = try Golden("colmodernvbert").image(0)
    let words = try original.prepare(Item(text: "see", prompt: .document)).input.ids
    #expect(try embedder.prepare(page).input.ids.suffix(words.count - 1) == words.dropFirst())
  }

  @Test func `what cannot be read is refused`() throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/colmodernvbert"))
    let picture = Goldens.url("images/wide.png")
    #expect(throws: EmbedderError.textBesidePage) {
      try embedder.encode(.pair(image: picture, text: "a ship"), returning: [.colbert])
    }
    #expect(throws: EmbedderError.placeholderInText("<image>")) {
      try embedder.encode(.text("an <image> of words"), returning: [.colbert])
    }
    #expect(throws: EmbedderError.kindNotSupported(.dense, supported: [.colbert])) {
      try embedder.encode(.image(picture))
    }
    let small = try GoldenCopy(of: "zoo/colmodernvbert")
    try small.changeConfig("\"max_position_embeddings\": 512", "\"max_position_embeddings\": 64")
    #expect(throws: EmbedderError.pageTooLong(tokens: 73, limit: 64)) {
      try Embedder(modelFolder: small.url).encode(.image(picture), returning: [.colbert])
    }
    let other = try GoldenCopy(of: "zoo/colmodernvbert")
    try other.changeConfig("\"image_token_id\": 481", "\"image_token_id\": 480")
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: other.url) }
    #expect("\(error, default: "none")".contains("image_token_id"))
    let base = try GoldenCopy(of: "zoo/colmodernvbert")
    try base.merge(["architectures": ["ModernVBertForMaskedLM"]], into: "config.json")
    #expect(throws: EmbedderError.self) { try Embedder(modelFolder: base.url) }
  }

  @Test func `a stray tensor is refused by its name`() throws {
    let copy = try GoldenCopy(of: "zoo/colsmol")
    try copy.changeTensors { $0["stray.weight"] = StoredTensor([1, 2], shape: [2]) }
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: copy.url) }
    #expect("\(error, default: "none")".contains("stray.weight"))
  }

  /// transformers adds adapters to another model's weights, whatever stands beside them.
  @Test(arguments: [true, false])
  func `adapters are refused, with a configuration beside them or without`(_ isWhole: Bool) throws {
    let copy = try GoldenCopy(of: "zoo/colsmol")
    try copy.write(["base_model_name_or_path": "vidore/base"], to: "adapter_config.json")
    if !isWhole { try FileManager.default.removeItem(at: copy.url.appending(path: "config.json")) }
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: copy.url) }
    #expect("\(error, default: "none")".contains("adapter_config.json: an adapter (PEFT)"))
  }

  @Test func `a configuration that names another model's is refused`() throws {
    let copy = try GoldenCopy(of: "zoo/colmodernvbert")
    try copy.changeConfig("\"text_config\": {", "\"text_config\": {\"text_model_name\": \"ettin\",")
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: copy.url) }
    #expect("\(error, default: "none")".contains("text_config.text_model_name"))
  }

  @Test func `modules around a retriever are refused`() throws {
    let copy = try GoldenCopy(of: "zoo/colmodernvbert")
    try copy.write(
      [["idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"]],
      to: "modules.json")
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: copy.url) }
    #expect("\(error, default: "none")".contains("modules.json"))
  }

  /// The names that colpali's own classes give to the same weights.
  @Test func `a folder of colpali's classes gives the same vectors`() throws {
    let copy = try colpaliFolder("ColModernVBert", keepsProjection: true)
    let golden = try Golden("colmodernvbert")
    let items = [golden.image(1), .text(golden.inputs.queries[1])]
    let original = try Embedder(modelFolder: Goldens.url("zoo/colmodernvbert"))
    let embedder = try Embedder(modelFolder: copy.url)
    for item in items {
      #expect(
        try embedder.encode(item, returning: [.colbert]).colbertVectors
          == (try original.encode(item, returning: [.colbert]).colbertVectors))
    }
  }

  @Test func `BiModernVBERT has one vector, the tokens' mean`() throws {
    let copy = try colpaliFolder("BiModernVBert", keepsProjection: false)
    let golden = try Golden("colmodernvbert")
    let embedder = try Embedder(modelFolder: copy.url)
    #expect(embedder.vectorKinds == [.dense])
    for index in 0..<2 {
      let page = try embedder.encode(golden.image(index))
      let query = try embedder.encode(.text(golden.inputs.queries[index]))
      for (embedding, name) in [(page, "image"), (query, "query")] {
        let wanted = try #require(golden.expected["mean.\(name).\(index)"])
        #expect(
          disagreement(embedding.vector, wanted.elements, .embedding) == nil, "\(name) \(index)")
      }
    }
  }

  private func colpaliFolder(_ architecture: String, keepsProjection: Bool) throws -> GoldenCopy {
    let copy = try GoldenCopy(of: "zoo/colmodernvbert")
    try copy.changeTensors { tensors in
      var changed: [String: StoredTensor] = [:]
      for (name, tensor) in tensors {
        if name.hasPrefix("embedding_proj_layer.") {
          guard keepsProjection else { continue }
          changed[name.replacingOccurrences(of: "embedding_proj_layer", with: "custom_text_proj")] =
            tensor
        } else {
          let own = name.replacingOccurrences(of: "vlm.", with: "model.")
            .replacingOccurrences(
              of: "model.vision_model.", with: "model.vision_model.vision_model."
            )
            .replacingOccurrences(of: "modality_projection.", with: "modality_projection.proj.")
          changed[own] = tensor
        }
      }
      tensors = changed
    }
    let file = copy.url.appending(path: "config.json")
    let outer = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    var flat = try #require(outer?["vlm_config"] as? [String: Any])
    flat["architectures"] = [architecture]
    flat["embedding_dim"] = outer?["embedding_dim"]
    try copy.write(flat, to: "config.json")
    return copy
  }

  @Test func `a model that writes is not taken for a retriever`() throws {
    let folder = Goldens.url("zoo/smolvlm")
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: folder) }
    #expect("\(error, default: "none")".contains("chat"))
    #expect(!LocalChat.canLoad(Goldens.url("zoo/colsmol")))
  }
}

extension GoldenCopy {
  fileprivate func changeConfig(_ old: String, _ new: String) throws {
    let text = try String(contentsOf: url.appending(path: "config.json"), encoding: .utf8)
    try #require(text.contains(old))
    try Data(text.replacing(old, with: new).utf8).write(to: url.appending(path: "config.json"))
  }
}
