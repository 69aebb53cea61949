import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

/// Models as trees of modules.
@Suite struct ModuleTreeTests {
  private let image = Goldens.url("images/rgb.png")

  private func find(_ path: String, in tree: ModuleTree) -> ModuleTree? {
    path.split(separator: ".").reduce(Optional(tree)) { tree, name in
      tree?.children.first { $0.name == String(name) }
    }
  }

  @Test func `equal layers stand as one, with their shapes`() throws {
    let embedder = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
    let tree = try embedder.modules().tree
    // The last layer stands alone: it computes the class token's row only.
    let layers = try #require(find("bge_encoder.layer.0…1", in: tree))
    #expect(layers.count == 2)
    let query = try #require(find("attention.self.query", in: layers))
    #expect(query.parameters.map(\.name).sorted() == ["bias", "weight"])
    #expect(query.parameters.map(\.shape).contains([64, 64]))
    #expect(query.parameters.allSatisfy { $0.dtype == "F16" && $0.isRead && !$0.isBuffer })
    #expect(query.parameterCount == 64 * 64 + 64)
    let pooler = try #require(find("bge_pooler.dense", in: tree))
    #expect(pooler.parameters.allSatisfy { !$0.isRead } && pooler.operations == 0)
    let rope = try #require(find("model_visual.visual.blocks.0…2.attn.rope", in: tree))
    #expect(rope.parameters.allSatisfy(\.isBuffer) && rope.parameterCount == 0)
  }

  @Test func `operations are those of the rows that each module reads`() throws {
    let embedder = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
    let (tree, input) = try embedder.modules(for: .pair(image: image, text: "blue whale"))
    #expect("\(input)" == "an image and a text of 7 tokens")
    let layers = try #require(find("bge_encoder.layer.0…1", in: tree))
    let query = try #require(find("attention.self.query", in: layers))
    let linear = 2 * 23 * 64 * 64
    #expect(query.operations == Double(linear))
    let attention = try #require(find("attention", in: layers))
    let products = 4 * 23 * 23 * 64
    #expect(attention.operations == Double(4 * linear + products))
    let last = try #require(find("bge_encoder.layer.2", in: tree))
    #expect(find("attention.self.query", in: last)?.operations == Double(linear))
    #expect(find("attention.output.dense", in: last)?.operations == Double(2 * 64 * 64))
    let projection = try #require(find("visual_proj", in: tree))
    #expect(projection.operations == Double(2 * 16 * 64 * 64))
    let text = try embedder.modules(for: .text("blue whale"))
    #expect(find("model_visual", in: text.tree)?.operations == 0)
    #expect("\(text.input)" == "a text of 7 tokens")
  }

  /// Counted by a formula of their own, for measuring.
  @Test(arguments: [0, 1, 2, 3]) func `operations are the model's in all`(model: Int) throws {
    let folder = [
      try ConvertedModels.visualTinyEnglish.get(), try ConvertedModels.visualTinyM3.get(),
      try ConvertedModels.bgeM3Tiny.get(), Goldens.url("clip-tiny"),
    ][model]
    let embedder = try Embedder(modelFolder: folder)
    var workloads = ["text 1x9"]
    if embedder.supportsImages { workloads.append("image 1") }
    for description in workloads {
      let workload = try #require(Workload(description))
      let measured = try embedder.measure(workload, seconds: 0).operations
      let item = description == "image 1" ? Item.image(image) : try nineTokens(embedder)
      let tree = try embedder.modules(for: item).tree
      #expect(abs(tree.operations / measured - 1) < 1e-12, "\(description)")
    }
  }

  private func nineTokens(_ embedder: Embedder) throws -> Item {
    let texts = (1..<30).map { Item.text(Array(repeating: "a", count: $0).joined(separator: " ")) }
    return try #require(try texts.first { try embedder.encode($0).tokenCount == 9 })
  }

  @Test func `without an item, a typical one is taken, for both towers of CLIP`() throws {
    let clip = try Embedder(modelFolder: Goldens.url("clip-tiny"))
    let (tree, input) = try clip.modules()
    #expect("\(input)" == "an image and a text of 77 tokens")
    for path in ["text_model", "vision_model", "text_projection", "visual_projection"] {
      #expect(try #require(find(path, in: tree), "\(path)").operations > 0)
    }
  }
}
