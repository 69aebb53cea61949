import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

/// Plans of folders whose weights are missing, damaged, or as they should be.
@Suite struct SequencePlannerTests {
  /// A folder's copy, without the files that hold weights.
  private func withoutWeights(_ folder: URL) throws -> TemporaryFolder {
    let copy = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where !["safetensors", "bin", "pt", "pth"].contains((name as NSString).pathExtension) {
      try FileManager.default.copyItem(
        at: folder.appending(path: name), to: copy.url.appending(path: name))
    }
    return copy
  }

  private func expectSamePlans(_ planner: SequencePlanner, _ embedder: Embedder) throws {
    let image = Goldens.url("images/photo-420.jpg")
    var items: [Item] = ["Blue whale", " \u{85}a  boat ", "", "鲸鱼 \u{10400}"].map { .text($0) }
    items.append(.text(Array(repeating: "whale", count: 90).joined(separator: " ")))
    if embedder.supportsImages { items.append(.image(image)) }
    if embedder.supportsImages, embedder.model.labelScoring == nil {
      items.append(.pair(image: image, text: "a whale"))
    }
    for item in items {
      let (plan, expected) = try (planner.plan(for: item), embedder.plan(for: item))
      #expect(plan.rows == expected.rows && plan.words == expected.words)
      #expect(plan.text == expected.text && plan.limit == expected.limit)
      #expect(plan.cut == expected.cut && plan.patchesPerSide == expected.patchesPerSide)
      #expect(plan.difference(from: expected).isNone)
    }
  }

  @Test(arguments: ["english", "m3", "bge-m3", "clip"])
  func `weights are not needed`(name: String) throws {
    let folder =
      switch name {
      case "english": try ConvertedModels.visualTinyEnglish.get()
      case "m3": try ConvertedModels.visualTinyM3.get()
      case "bge-m3": try ConvertedModels.bgeM3Tiny.get()
      default: Goldens.url("clip-tiny")
      }
    let embedder = try Embedder(modelFolder: folder)
    try expectSamePlans(SequencePlanner(modelFolder: folder), embedder)
    let bare = try withoutWeights(folder)
    try expectSamePlans(SequencePlanner(modelFolder: bare.url), embedder)
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: bare.url) }
    #expect(error.map { "\($0)".contains("expected one of model.safetensors") } == true)
  }

  @Test func `a sentence encoder drops white space, with its weights and without`() throws {
    let folder = try SentenceEncoderFolder().write()
    let embedder = try Embedder(modelFolder: folder.url)
    try expectSamePlans(SequencePlanner(modelFolder: folder.url), embedder)
    let bare = try withoutWeights(folder.url)
    let planner = try SequencePlanner(modelFolder: bare.url)
    try expectSamePlans(planner, embedder)
    #expect(try planner.plan(for: .text(" a boat ")).text == "a boat")
  }

  /// Only their names tell BGE-M3 from a sentence encoder: it must not be guessed.
  @Test func `damaged weights matter where they say which model it is`() throws {
    let sentences = try SentenceEncoderFolder().write()
    let pictures = try withoutWeights(ConvertedModels.visualTinyEnglish.get())
    for folder in [sentences, pictures] {
      try Data("none".utf8).write(to: folder.url.appending(path: "model.safetensors"))
    }
    #expect(throws: EmbedderError.self) { try SequencePlanner(modelFolder: sentences.url) }
    #expect(throws: Never.self) { try SequencePlanner(modelFolder: pictures.url) }
  }

  /// No table of positions stands against a wrong number here.
  @Test(arguments: [0, 4112, 1 << 28]) func `no picture has such a side`(side: Int) throws {
    let folder = try withoutWeights(ConvertedModels.visualTinyEnglish.get())
    let file = folder.url.appending(path: "config.json")
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    var config = try #require(object as? [String: Any])
    var vision = try #require(config["vision_config"] as? [String: Any])
    vision["image_size"] = side
    config["vision_config"] = vision
    try JSONSerialization.data(withJSONObject: config).write(to: file)
    let error = #expect(throws: EmbedderError.self) {
      try SequencePlanner(modelFolder: folder.url)
    }
    #expect(error.map { "\($0)".contains("image_size: expected 1 to 4096, found \(side)") } == true)
  }
}
