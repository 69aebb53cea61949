import Foundation
import TesseraEmbedders
import TesseraTensors
import TesseraTestSupport
import Testing

/// Models with a tower for texts and one for pictures, in the folders that sentence-transformers writes
/// from 5.4 on. The numbers are those of release 6.2, a text at a time.
@Suite struct SavedTowerTests {
  private let image = Goldens.url("images/rgb.png")

  private func zoo(_ name: String) throws -> Embedder {
    try Embedder(modelFolder: Goldens.url("zoo/\(name)"))
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

  /// A family, and the first numbers of the vectors of three texts and a picture, whose pixels are those of
  /// transformers' Pillow processors.
  struct Saved: Sendable, CustomTestStringConvertible {
    let name: String
    let short: [Float]
    let upper: [Float]
    let long: [Float]
    let picture: [Float]
    /// Tokens of the long text.
    let limit: Int

    var testDescription: String { name }
  }

  @Test(arguments: [
    Saved(
      name: "siglip", short: [0.1470585, -0.1897315, 0.6002526, 0.8846840],
      upper: [-0.4038613, -1.4737899, -0.9300596, 1.2861335],
      long: [0.0436381, -0.9894341, -0.9402382, 1.3427824],
      picture: [0.6756960, 0.3459352, 0.5611119, 1.2414521], limit: 16),
    Saved(
      name: "siglip2", short: [-0.1795530, -0.8914231, -0.1682497, -0.3100207],
      upper: [-0.3976117, -1.6700226, -0.8138645, -0.6485599],
      long: [-1.2836154, -1.1107797, -1.6081481, -0.4764054],
      picture: [0.0383833, -0.9566830, 0.2891109, -0.6641102], limit: 16),
    Saved(
      name: "align", short: [0.8697608, 0.8709355, -1.2808295, -2.8282919],
      upper: [1.5080808, 0.8455896, -0.8930647, -2.9997198],
      long: [1.0948333, 0.8791717, -1.3878510, -2.9038696],
      picture: [0.7772230, -1.1722556, -0.0067133, 0.0522292], limit: 64),
    Saved(
      name: "altclip", short: [-0.2518285, 0.3536192, 0.0947769, 0.3236921],
      upper: [-0.3150877, 0.3619546, 0.0370039, 0.3575754],
      long: [-0.2032596, 0.2818996, 0.2069420, 0.3827153],
      picture: [2.6823390, -1.2167844, -0.4737036, -0.7376820], limit: 64),
  ])
  func `vectors are sentence-transformers'`(_ saved: Saved) throws {
    let folder = try self.saved("zoo/\(saved.name)")
    let embedder = try Embedder(modelFolder: folder.url)
    #expect(!embedder.notes.contains { $0.contains("is not known") }, "\(embedder.notes)")
    let long = Item.text(String(repeating: "a cat ", count: 100))
    for (item, numbers) in [
      (.text("a photo of a cat"), saved.short), (.text("A CAT!"), saved.upper),
      (long, saved.long), (.image(image), saved.picture),
    ] as [(Item, [Float])] {
      let own = try embedder.encode(item).vector
      #expect(
        disagreement(Array(own.prefix(4)), numbers, Tolerance(absolute: 2e-5, relative: 2e-5))
          == nil, "\(item)")
    }
    #expect(try embedder.encode(long).tokenCount == saved.limit)
  }

  /// SigLIP was trained on texts of one length, which sentence-transformers does not know of.
  @Test func `SigLIP's texts are not filled up there`() throws {
    let folder = try saved("zoo/siglip2")
    let text = Item.text("a photo of a cat")
    #expect(try Embedder(modelFolder: folder.url).encode(text).tokenCount == 7)
    #expect(try zoo("siglip2").encode(text).tokenCount == 16)
  }

  @Test func `pictures that are cut otherwise than the processor does are refused`() throws {
    let folder = try saved("zoo/siglip2-naflex")
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: folder.url) }
    #expect("\(error, default: "none")".contains("24 patches of 8 pixels"))
  }

  /// As transformers 5 reads them.
  @Test func `of two files for pictures the processor's counts, if it tells of them`() throws {
    let item = Item.image(image)
    let plain = try zoo("siglip").encode(item).vector
    let folder = try GoldenCopy(of: "zoo/siglip")
    try folder.merge(["processor_class": "SiglipProcessor"], into: "processor_config.json")
    #expect(try Embedder(modelFolder: folder.url).encode(item).vector == plain)
    var pictures = try folder.object("preprocessor_config.json")
    pictures["image_mean"] = [0.1, 0.2, 0.3]
    try folder.merge(["image_processor": pictures], into: "processor_config.json")
    let vector = try Embedder(modelFolder: folder.url).encode(item).vector
    #expect(vector != plain)
    try FileManager.default.removeItem(at: folder.url.appending(path: "processor_config.json"))
    try folder.write(pictures, to: "preprocessor_config.json")
    #expect(try Embedder(modelFolder: folder.url).encode(item).vector == vector)
  }

  @Test(arguments: ["siglip", "altclip", "align"])
  func `a tower for pictures of other channels is refused`(_ name: String) throws {
    let folder = try GoldenCopy(of: "zoo/\(name)")
    var config = try folder.object("config.json")
    var tower = try #require(config["vision_config"] as? [String: Any])
    tower["num_channels"] = 4
    config["vision_config"] = tower
    try folder.write(config, to: "config.json")
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: folder.url) }
    #expect("\(error, default: "none")".contains("config.json: vision_config.num_channels"))
  }
}
