import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Both towers and the choice between labels, against transformers' CLIPModel.
@Suite struct CLIPTests {
  private let embedder: Embedder
  private let cases: Cases
  private let expected: [String: [[Float]]]

  private struct Cases: Decodable {
    let labels: [String]
    let images: [String]

    var sources: [ImageSource] { images.map { .file(Goldens.url("images/\($0)")) } }
  }

  init() throws {
    embedder = try Embedder(modelFolder: Goldens.url("clip-tiny"))
    cases = try Goldens.json("clip-tiny/cases.json", as: Cases.self)
    expected = try Goldens.tensors("clip-tiny/expected.safetensors").mapValues { tensor in
      (0..<tensor.rowCount).map { tensor.row($0).elements }
    }
  }

  @Test func `texts and pictures become the reference's vectors`() throws {
    let items = cases.labels.map { Item.text($0) } + cases.sources.map { Item(image: $0) }
    let golden = try #require(expected["text"]) + #require(expected["image"])
    let vectors = try embedder.encode(items).map { try $0.get().vector }
    #expect(vectors.count == golden.count)
    for (vector, expected) in zip(vectors, golden) {
      #expect(disagreement(vector, expected, .embedding) == nil)
    }
  }

  /// A wrong template, a missing softmax, a forgotten scale or a swapped axis fails here.
  @Test func `probabilities of labels are the reference's`() throws {
    let classifier = try ZeroShotClassifier(embedder, labels: cases.labels, templates: ["{}"])
    let golden = try #require(expected["probabilities"])
    for (image, expected) in zip(cases.sources, golden) {
      let probabilities = try classifier.probabilities(of: image)
      #expect(
        disagreement(probabilities, expected, Tolerance(absolute: 2e-6, relative: 1e-4)) == nil)
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6)
    }
  }

  @Test func `a template goes around the label, and several are averaged`() throws {
    let words = ["cat", "dog"]
    let inTemplate = try ZeroShotClassifier(embedder, labels: words)
    let written = try ZeroShotClassifier(
      embedder, labels: words.map { "a photo of a \($0)" }, templates: ["{}"])
    let averaged = try ZeroShotClassifier(
      embedder, labels: words, templates: ["a photo of a {}", "{}"])
    let image = cases.sources[0]
    #expect(try inTemplate.probabilities(of: image) == written.probabilities(of: image))
    #expect(try inTemplate.probabilities(of: image) != averaged.probabilities(of: image))
  }

  @Test func `a pair is refused with an explanation`() throws {
    let image = Goldens.url("images/rgb.png")
    #expect(throws: EmbedderError.pairsNotSupported) {
      try embedder.encode(.pair(image: image, text: "a cat"))
    }
  }

  @Test func `the tokenizer's limit counts where it is lower than the model's`() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.url.appending(path: "clip")
    try FileManager.default.copyItem(at: Goldens.url("clip-tiny"), to: folder)
    let config = folder.appending(path: "tokenizer_config.json")
    let text = try String(contentsOf: config, encoding: .utf8)
    #expect(text.contains("\"model_max_length\": 77"))
    try text.replacing("\"model_max_length\": 77", with: "\"model_max_length\": 9")
      .write(to: config, atomically: true, encoding: .utf8)
    let words = Item.text("a b c d e f g h i j k l")
    let short = try Embedder(modelFolder: folder).encode(words)
    #expect(short.truncation?.kept == 9 && short.truncation?.total == 14)
    #expect(try short.vector == Self.embedder(cutAt: 9).encode(words).vector)
  }

  private static func embedder(cutAt limit: Int) throws -> Embedder {
    try Embedder(modelFolder: Goldens.url("clip-tiny"), options: .init(maxLength: limit))
  }

  @Test func `other models do not classify`() throws {
    let other = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
    #expect(throws: EmbedderError.notAClassifier) {
      try ZeroShotClassifier(other, labels: ["cat"])
    }
  }
}
