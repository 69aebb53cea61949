import Foundation
import TesseraEmbedders
import TesseraModels
import TesseraTensors
import TesseraTestSupport
import Testing

/// BLIP for retrieval, beside what transformers says of texts, pictures and pairs.
@Suite struct BLIPMatchingTests {
  private struct Case: Decodable {
    let image: String?
    let text: String?
    let logits: [Float]?
    let match: Float?
    let cosine: Float?

    private enum CodingKeys: String, CodingKey {
      case image, text, match, cosine
      case logits = "itm_logits"
    }
  }

  private struct Inputs: Decodable {
    let items: [Case]
    let stagesOf: Case

    private enum CodingKeys: String, CodingKey {
      case items
      case stagesOf = "stages_of"
    }
  }

  private let inputs: Inputs
  private let embedder: Embedder

  init() throws {
    inputs = try Goldens.json("zoo/blip-itm/inputs.json", as: Inputs.self)
    embedder = try Embedder(modelFolder: Goldens.url("zoo/blip-itm"))
  }

  private func image(_ name: String) -> ImageSource { .file(Goldens.url("images/\(name)")) }

  @Test func `pairs get the reference's logits, alone and together`() throws {
    let matcher = try PictureMatcher(embedder)
    let pairs = inputs.items.filter { $0.logits != nil }
    #expect(pairs.count > 10)
    let pictures = Array(Set(pairs.compactMap(\.image))).sorted()
    for text in Set(pairs.compactMap(\.text)) {
      let together = try matcher.match(text, with: pictures.map(image))
      for (name, result) in zip(pictures, together) {
        let match = try result.get()
        let own = try #require(pairs.first { $0.text == text && $0.image == name })
        #expect(disagreement(match.logits, own.logits ?? [], .activation) == nil, "\(text)")
        #expect(abs(match.probability - (own.match ?? -1)) < 1e-5)
        #expect(abs(1 / (1 + exp(-match.logit)) - match.probability) < 1e-6)
        let alone = try matcher.match(text, with: [image(name)])[0].get()
        #expect(disagreement(alone.logits, match.logits, .batch) == nil)
      }
    }
  }

  @Test func `vectors of a text and a picture have the reference's cosine`() throws {
    for pair in inputs.items {
      guard let cosine = pair.cosine, let name = pair.image, let text = pair.text else { continue }
      let picture = try embedder.encode(Item(image: image(name)))
      #expect(abs(picture.similarity(to: try embedder.encode(.text(text))) - cosine) < 2e-6)
    }
  }

  @Test func `a failed picture does not stop the others`() throws {
    let results = try PictureMatcher(embedder).match(
      "a cat", with: [image("rgb.png"), image("nothing.png"), image("tall.png")])
    #expect((try? results[0].get()) != nil && (try? results[2].get()) != nil)
    guard case .failure(.unusableImage) = results[1] else {
      Issue.record("\(results[1])")
      return
    }
  }

  @Test func `other models match nothing`() throws {
    let clip = Goldens.url("clip-tiny")
    #expect(throws: EmbedderError.notAMatcher) { try PictureMatcher(modelFolder: clip) }
    #expect(PictureMatcher.canLoad(Goldens.url("zoo/blip-itm")))
    for other in ["clip-tiny", "zoo/blip-caption", "zoo/reranker-xlmr", "nowhere"] {
      #expect(!PictureMatcher.canLoad(Goldens.url(other)), "\(other)")
    }
  }

  @Test func `stages of a pair have the reference's names and values`() throws {
    let item = inputs.stagesOf
    let expected = try Goldens.tensors("zoo/blip-itm/expected.safetensors")
      .filter { $0.key.hasPrefix("stage.") }
    #expect(expected.count > 5)
    let model = try #require(embedder.model as? any MatchingModel)
    let picture = Item(image: item.image.map(image))
    let ids = try embedder.reader.input(of: .text(item.text ?? "")).input.ids
    let stages = try recordedStages { trace in
      let pixels = try embedder.reader.pixels(of: picture)
      let seen = try model.see([try #require(pixels)], trace: trace)
      _ = try model.match([(ids, seen[0])], trace: trace)
    }
    for (name, tensor) in expected {
      let stage = try #require(stages[String(name.dropFirst("stage.".count))], "\(name)")
      #expect(stage.shape == tensor.shape, "\(name)")
      #expect(disagreement(stage.elements, tensor.elements, .activation) == nil, "\(name)")
    }
  }
}

extension GoldenFamily {
  /// Of BLIP for retrieval: its texts and pictures; pairs have no vector.
  static let blipMatching: GoldenFamily = {
    let all = zoo("blip-itm")
    return GoldenFamily(name: all.name, folder: all.folder) {
      try all.answers().filter { $0.item.text == nil || $0.item.image == nil }
    } stages: {
      []
    }
  }()
}
