import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTensors
import TesseraTestSupport
import Testing

/// Models with a tower for texts and one for pictures.
@Suite struct TwoTowerTests {
  private let image = Goldens.url("images/rgb.png")

  private func zoo(_ name: String, _ options: Embedder.Options = .init()) throws -> Embedder {
    try Embedder(modelFolder: Goldens.url("zoo/\(name)"), options: options)
  }

  private struct Inputs: Decodable {
    let items: [Entry]

    struct Entry: Decodable {
      let text: String?
      let image: String?
    }
  }

  /// The reference's labels and pictures, and what it says of them.
  @Test(arguments: [
    "chinese-clip", "siglip", "siglip2", "align", "open-clip", "eva-clip", "jina-clip", "imagebind",
  ])
  func `probabilities are the reference's`(_ name: String) throws {
    let items = try Goldens.json("zoo/\(name)/inputs.json", as: Inputs.self).items
    let expected = try #require(
      try Goldens.tensors("zoo/\(name)/expected.safetensors")["probabilities"])
    let classifier = try ZeroShotClassifier(
      zoo(name), labels: items.compactMap(\.text), templates: ["{}"])
    for (row, image) in items.compactMap(\.image).enumerated() {
      let own = try classifier.probabilities(of: .file(Goldens.url("images/\(image)")))
      // Siglip's labels are judged each by itself.
      #expect(classifier.areProbabilitiesExclusive == !name.hasPrefix("siglip"))
      #expect(
        disagreement(own, expected.row(row).elements, Tolerance(absolute: 3e-6, relative: 1e-4))
          == nil, "\(image)")
    }
  }

  @Test func `pictures that keep their shape have as many tokens as it takes`() throws {
    let embedder = try zoo("siglip2-naflex")
    for (name, rows, columns) in [("rgb.png", 4, 6), ("tall.png", 9, 2)] {
      let item = Item.image(Goldens.url("images/\(name)"))
      let plan = try embedder.plan(for: item)
      #expect(plan.rows.count == rows * columns && plan.patchesPerSide == nil)
      #expect(plan.rows.last?.content == .patch(row: rows - 1, column: columns - 1))
      #expect(try embedder.encode(item).tokenCount == rows * columns)
      #expect(throws: AttentionError.stackNotRun(.imageTower)) {
        try Attention(of: item, in: .imageTower, layer: 0, of: embedder)
      }
      #expect(throws: EmbedderError.self) {
        try embedder.pictureAsRead(.file(Goldens.url("images/\(name)")))
      }
    }
  }

  @Test func `a folder of sentence-transformers lies in a folder of its own`() throws {
    let embedder = try zoo("clip-sentence-transformers")
    let items = try Goldens.json(
      "zoo/clip-sentence-transformers/inputs.json", as: Inputs.self
    ).items
    let expected = try Goldens.tensors("zoo/clip-sentence-transformers/expected.safetensors")
    for (i, item) in items.enumerated() {
      let own = try embedder.encode(
        Item(text: item.text, image: item.image.map { .file(Goldens.url("images/\($0)")) }))
      // Nothing normalises there.
      let vector = try #require(expected["item.\(i)"]).elements
      #expect(disagreement(own.vector, vector, Tolerance(absolute: 2e-6, relative: 2e-5)) == nil)
    }
  }

  private var towerReading: [String: Any] {
    [
      "transformer_task": "feature-extraction", "module_output_name": "sentence_embedding",
      "modality_config": [
        "text": ["method": "get_text_features", "method_output_name": "pooler_output"],
        "image": ["method": "get_image_features", "method_output_name": "pooler_output"],
      ],
    ]
  }

  /// As release 6.2 of sentence-transformers writes it.
  private func saved(_ golden: String, _ changes: [String: Any] = [:]) throws -> GoldenCopy {
    let folder = try GoldenCopy(of: golden)
    try folder.write(
      [["path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"]],
      to: "modules.json")
    try folder.merge(towerReading.merging(changes) { $1 }, into: "sentence_bert_config.json")
    try folder.merge(
      ["__version__": ["sentence_transformers": "6.2.0"]],
      into: "config_sentence_transformers.json")
    return folder
  }

  @Test func `a folder that sentence-transformers saves now is read`() throws {
    let folder = try saved("zoo/clip-sentence-transformers/0_CLIPModel")
    let embedder = try Embedder(modelFolder: folder.url)
    #expect(!embedder.notes.contains { $0.contains("is not known") }, "\(embedder.notes)")
    let golden = try zoo("clip-sentence-transformers")
    for item in [Item.text("a photo of a cat"), .image(image)] {
      #expect(try embedder.encode(item).vector == golden.encode(item).vector)
    }
  }

  /// The numbers are sentence-transformers 6.2's.
  @Test func `Chinese-CLIP reads as much of a text there as the tokenizer allows`() throws {
    let folder = try saved("zoo/chinese-clip")
    let embedder = try Embedder(modelFolder: folder.url)
    let long = Item.text(String(repeating: "a cat ", count: 100))
    for (item, numbers) in [
      (.text("a photo of a cat"), [1.0094516, -0.69710684, -0.05662337, 2.629437]),
      (long, [0.6426261, -0.03239726, 0.09177255, 2.1681101]),
    ] as [(Item, [Float])] {
      let own = try embedder.encode(item).vector
      #expect(
        disagreement(Array(own.prefix(4)), numbers, Tolerance(absolute: 2e-5, relative: 2e-5))
          == nil)
    }
    #expect(try embedder.encode(long).tokenCount == 64)
    let plain = try zoo("chinese-clip")
    #expect(try plain.encode(long).tokenCount == 52)
    // Nothing normalises there.
    let picture = try embedder.encode(.image(image)).vector
    let length = picture.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    #expect(
      disagreement(
        picture.map { $0 / length }, try plain.encode(.image(image)).vector, .embedding) == nil)
  }

  @Test func `another way of reading is refused by name`() throws {
    let text = ["method": "forward", "method_output_name": "pooler_output"]
    for (key, value, name) in [
      ("module_output_name", "token_embeddings", "module_output_name"),
      ("modality_config", ["text": text], "modality_config.text.method"),
      ("modality_config", ["message": text], "modality_config.message"),
      (
        "modality_config", ["image": ["method_output_name": "last_hidden_state"]],
        "modality_config.image.method_output_name"
      ),
    ] as [(String, Any, String)] {
      let folder = try saved("zoo/chinese-clip", [key: value])
      let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: folder.url) }
      #expect(
        "\(error, default: "none")".contains("sentence_bert_config.json: \(name)"), "\(name)")
    }
  }

  @Test func `plain CLIP adds a text to a picture only when it is asked to`() throws {
    let pair = Item.pair(image: image, text: "a cat")
    #expect(throws: EmbedderError.pairsNotSupported) {
      try zoo("chinese-clip").encode(pair)
    }
    let embedder = try zoo("chinese-clip", .init(fusion: .sum))
    let both = try embedder.encode(pair)
    let plan = try embedder.plan(for: pair)
    #expect(plan.rows.count == both.tokenCount && plan.stacks == [.encoder, .imageTower])
    #expect(plan.tokens(in: .encoder).patchesPerSide == 0)
    #expect(both.vector != (try embedder.encode(.image(image))).vector)
    #expect(throws: EmbedderError.sumNotSupported) {
      try Embedder.pictureBook(options: .init(fusion: .sum))
    }
  }

  @Test func `every text has the length that the model was trained with`() throws {
    let embedder = try zoo("siglip")
    let plan = try embedder.plan(for: .text("A CAT!"))
    #expect(plan.rows.count == 16 && plan.text == "a cat!")
    #expect(plan.rows.last?.content == .special(id: 1, spelling: "</s>"))
    let short = try zoo("siglip", .init(maxLength: 4)).encode(.text("a photo of a cat"))
    #expect(short.tokenCount == 16 && short.truncation?.kept == 4)
    #expect(
      try embedder.encode(.text("A CAT!")).vector == embedder.encode(.text("a cat")).vector)
  }

  @Test func `a model of pictures refuses texts`() throws {
    let embedder = try zoo("dinov2")
    #expect(!embedder.supportsTexts)
    let results = try embedder.encode([.text("a cat"), .image(image)])
    #expect(throws: EmbedderError.textsNotSupported) { try results[0].get() }
    #expect(try results[1].get().vector.count == 48)
    #expect(throws: EmbedderError.textsNotSupported) {
      try embedder.encode(.pair(image: image, text: "a cat"))
    }
    #expect(throws: EmbedderError.textsNotSupported) { try embedder.plan(for: .text("a cat")) }
  }
}
