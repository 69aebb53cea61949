import Foundation
import TesseraEmbedders
import TesseraTensors
import TesseraTestSupport
import Testing

/// The main job, whole: a `.pth`, converted, on real files, against PyTorch's vectors.
@Suite struct VisualizedBGETests {
  struct Cases: Decodable {
    struct Item: Decodable {
      let text: String?
      let image: String?

      var item: TesseraEmbedders.Item {
        TesseraEmbedders.Item(
          text: text, image: image.map { .file(Goldens.url("images/\($0)")) })
      }
    }
    let items: [Item]
    let similarity: [[Float]]
  }

  static let models = [
    ("visual-tiny-en", ConvertedModels.visualTinyEnglish),
    ("visual-tiny-m3", ConvertedModels.visualTinyM3),
  ]

  @Test(arguments: [0, 1]) func `all items are PyTorch's`(model: Int) throws {
    let (name, folder) = Self.models[model]
    let embedder = try Embedder(modelFolder: folder.get())
    let cases = try Goldens.json("\(name)/cases.json", as: Cases.self)
    let expected = try Goldens.tensors("\(name)/expected-embeddings.safetensors")
    let embeddings = try embedder.encode(cases.items.map(\.item)).map { try $0.get() }
    #expect(embeddings.count == cases.items.count)
    for (i, embedding) in embeddings.enumerated() {
      let golden = try #require(expected["item.\(i)"]).elements
      #expect(disagreement(embedding.vector, golden, .embedding) == nil, "item \(i)")
      let similarities = embeddings.map { embedding.similarity(to: $0) }
      #expect(disagreement(similarities, cases.similarity[i], .embedding) == nil, "item \(i)")
    }
  }

  @Test func `pictures are read while the vocabulary is, with the same result`() throws {
    let folder = try ConvertedModels.visualTinyM3.get()
    let hasty = try Embedder(modelFolder: folder, options: .init(awaitsVocabulary: false))
    let cases = try Goldens.json("visual-tiny-m3/cases.json", as: Cases.self)
    let items = cases.items.map(\.item)
    let first = try hasty.encode(items).map { try $0.get().vector }
    let patient = try Embedder(modelFolder: folder)
    #expect(try patient.encode(items).map { try $0.get().vector } == first)
    // One at a time, pictures and words go through the model together.
    #expect(try items.map { try patient.encode($0).vector } == first)
  }

  /// The question of the experiment that this project starts from: both words are the same input.
  @Test func `words that the vocabulary lacks are announced`() throws {
    let embedder = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
    let known = try embedder.encode(.text("blue whale"))
    #expect(known.unknownWords == nil)
    let one = try embedder.encode(.text("blue \u{10400}"))
    let other = try embedder.encode(.text("blue \u{10401}"))
    #expect(one.vector == other.vector)
    #expect(one.unknownWords?.count == 1)
    #expect(one.unknownWords?.examples.count == 1)
  }

  @Test func `beside a picture there is less room for a text`() throws {
    let embedder = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
    let long = Array(repeating: "whale", count: 100).joined(separator: " ")
    let alone = try embedder.encode(.text(long))
    #expect(alone.truncation?.kept == 64)
    #expect(try #require(alone.truncation).total > 100)
    let image = Goldens.url("images/rgb.png")
    let beside = try embedder.encode(.pair(image: image, text: long))
    #expect(beside.truncation?.kept == 64 - 16)
    #expect(beside.tokenCount == 64)
  }

  @Test func `an empty text is a text`() throws {
    let embedder = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
    let image = Goldens.url("images/rgb.png")
    let withEmpty = try embedder.encode(.pair(image: image, text: ""))
    let alone = try embedder.encode(.image(image))
    #expect(withEmpty.vector == alone.vector)
    #expect(try embedder.encode(.text("")).tokenCount == 2)
  }
}
