import Foundation
import TesseraEmbedders
import TesseraModels
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

  @Test func `ALIGN reads as many tokens as it was trained to, whatever its table has`() throws {
    let copy = try GoldenCopy(of: "zoo/align")
    let data = try Data(contentsOf: copy.url.appending(path: "config.json"))
    let config = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    var text = try #require(config["text_config"] as? [String: Any])
    text["max_position_embeddings"] = 512
    try copy.merge(["text_config": text], into: "config.json")
    let family = try Families.family(of: ModelFiles(folder: copy.url))
    #expect(family.format.maximumTextTokens(besideImage: false) == 64)
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

  /// transformers 5.24 calls the layers of both towers there as those of the one for texts.
  @Test func `AltCLIP as transformers saves it again`() throws {
    let folder = try GoldenCopy(of: "zoo/altclip")
    try folder.changeTensors { tensors in
      tensors = Dictionary(
        uniqueKeysWithValues: tensors.map {
          ($0.key.replacing(".layers.", with: ".layer."), $0.value)
        })
    }
    let quantized = try ConvertedModels.quantized(folder.url)
    for precision in [Precision.float32, .int8] {
      let whole = try zoo("altclip", .init(precision: precision))
      for folder in precision == .int8 ? [folder.url, quantized] : [folder.url] {
        let saved = try Embedder(modelFolder: folder, options: .init(precision: precision))
        for item in [Item.text("a photo of a cat"), .image(image)] {
          #expect(try saved.encode(item).vector == whole.encode(item).vector)
        }
        // Stages have the names of the modules, whatever the file calls them.
        _ = try Attention(of: .image(image), in: .imageTower, layer: 0, of: saved)
      }
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
