import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

/// Vectors of pictures, taken apart in other ways than a class token's.
@Suite struct PictureExplanationTests {
  private let image = Goldens.url("images/rgb.png")

  private func zoo(_ name: String, _ options: Embedder.Options = .init()) throws -> Embedder {
    try Embedder(modelFolder: Goldens.url("zoo/\(name)"), options: options)
  }

  /// All of SigLIP's cosine is what patches give to the question, but for the pooling's own parts.
  @Test(arguments: ["siglip", "siglip2", "siglip2-naflex"])
  func `a patch's term is what the pooling reads of it`(name: String) throws {
    let embedder = try zoo(name)
    let side = try embedder.explain(.image(image), .text("a whale")).first
    let cells = try #require(side.cells)
    #expect(cells.values.count == side.plan.rows.count)
    #expect(cells.values.count.isMultiple(of: cells.columns))
    let pooling = try #require(side.contributions.layers.last)
    #expect(pooling.heads.isEmpty && side.attention.count == side.contributions.layers.count)
    let cosine = side.contributions.sum
    #expect(abs(cells.values.reduce(0, +) + pooling.sum - cosine) < 1e-5)
    // The layers' terms are the same sum, cut another way.
    #expect(side.contributions.layers.dropLast().contains { abs($0.attention.image) > 1e-4 })
  }

  /// One block's addition, moved a little, moves the features as its term says.
  @Test func `a place's term is its share of the map's mean`() throws {
    let embedder = try zoo("align")
    let other = Item.text("a whale")
    let side = try embedder.explain(.image(image), other).first
    let cells = try #require(side.cells)
    #expect(side.omissions.isEmpty && side.attention.isEmpty)
    #expect(abs(cells.values.reduce(0, +) - side.contributions.sum) < 1e-5)
    let traced = try embedder.encodeTracing(.image(image), matching: ["vision_model.*"])
    let pooled = try #require(traced.stages.last { $0.name == "vision_model.pooler" })
    let map = try #require(traced.stages.last { $0.shape.count == 3 })
    let places = map.shape[1] * map.shape[2]
    let b = try embedder.encode(other).vector.map(Double.init)
    let length = pooled.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    for place in 0..<places {
      let term = b.indices.reduce(0.0) {
        $0 + Double(map.values[$1 * places + place]) * b[$1]
      }
      #expect(abs(term / length / Double(places) - cells.values[place]) < 1e-5, "\(place)")
    }
  }

  /// Positions that turn stay those of the whole picture.
  @Test(arguments: ["eva-clip", "jina-clip"])
  func `leaving patches out is hiding them from every block`(name: String) throws {
    let embedder = try zoo(name)
    let item = Item.image(image)
    let side = try embedder.explain(item, .text("a whale"), options: .init(patchBlocks: 2)).first
    #expect(side.omissions.count == 4)
    let hidden = side.plan.rows.indices.filter {
      if case .patch(let row, let column) = side.plan.rows[$0].content {
        row < 2 && column > 1
      } else {
        false
      }
    }
    let hide = StagePatch(
      stage: name == "eva-clip" ? "visual.trunk.blocks.*.probs" : "vision_model.blocks.*.probs",
      change: .function { stage in
        let tokens = stage.shape[1]
        var values = stage.values
        for line in 0..<stage.shape[0] * tokens {
          for key in hidden { values[line * tokens + key] = 0 }
          let sum = values[line * tokens..<(line + 1) * tokens].reduce(0, +)
          for key in 0..<tokens { values[line * tokens + key] /= sum }
        }
        return values
      })
    let effect = try embedder.effect(of: [hide], on: item)
    #expect(abs(side.omissions[1].vectorChange - Double(1 - effect.cosine)) < 1e-6)
    #expect(side.omissions[1].vectorChange > 1e-5)
  }

  @Test(arguments: ["bge-vl", "siglip", "align", "blip-itm"])
  func `a sum of two towers is taken apart in both`(name: String) throws {
    let embedder = try zoo(name, name == "bge-vl" ? .init() : .init(fusion: .sum))
    let pair = Item.pair(image: image, text: "a red whale")
    let other = Item.text("a whale")
    let side = try embedder.explain(pair, other, options: .init(patchBlocks: 1)).first
    let cosine = try embedder.encode(pair).similarity(to: embedder.encode(other))
    #expect(abs(side.contributions.sum - Double(cosine)) < 1e-5)
    let parts = try [Item.text("a red whale"), .image(image)].map {
      try embedder.explain($0, other).first.contributions.layers.count
    }
    #expect(side.contributions.layers.count == parts[0] + parts[1])
    #expect(side.attention.allSatisfy { abs($0.sum - 1) < 1e-6 })
    // Of one tower nothing would be left without all patches where it has no class token.
    let patches = side.omissions.filter { if case .patches = $0.part { true } else { false } }
    #expect(patches.count == (["bge-vl", "blip-itm"].contains(name) ? 1 : 0))
    #expect(side.omissions.count == patches.count + 3 && side.fusion != nil)
  }
}
