import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTensors
import TesseraTestSupport
import Testing

/// The cosine of two vectors, taken apart.
@Suite struct ExplainTests {
  private let image = Goldens.url("images/rgb.png")
  private let english: Embedder

  init() throws { english = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get()) }

  private var pair: Item { .pair(image: image, text: "blue whale") }

  private func embedder(_ name: String) throws -> Embedder {
    switch name {
    case "english": return english
    case "m3": return try Embedder(modelFolder: ConvertedModels.visualTinyM3.get())
    case "bge-m3": return try Embedder(modelFolder: ConvertedModels.bgeM3Tiny.get())
    case "clip": return try Embedder(modelFolder: Goldens.url("clip-tiny"))
    default:
      let folder = try SentenceEncoderFolder(
        modules: ["Transformer", "Pooling"], poolingConfig: ["pooling_mode_mean_tokens": true]
      ).write()
      // The folder goes away with its last reference.
      return try withExtendedLifetime(folder) { try Embedder(modelFolder: folder.url) }
    }
  }

  @Test(arguments: ["english", "m3", "bge-m3", "clip", "mean"])
  func `terms sum to the cosine`(name: String) throws {
    let embedder = try embedder(name)
    var items: [Item] = [.text("blue whale"), .text("a boat on the sea"), .text("")]
    if embedder.supportsImages { items.append(.image(image)) }
    if ["english", "m3"].contains(name) { items.append(pair) }
    for a in items {
      for b in items {
        let explanation = try embedder.explain(a, b)
        let cosine = Double(try embedder.encode(a).similarity(to: embedder.encode(b)))
        #expect(abs(explanation.cosine - cosine) < 1e-6)
        let groups = explanation.dimensionGroups.reduce(0) { $0 + $1.value }
        #expect(abs(groups - cosine) < 1e-6)
        for side in [explanation.first, explanation.second] {
          #expect(abs(side.contributions.residual) < 1e-5)
          #expect(abs(side.contributions.sum - cosine) < 1e-5)
          #expect(side.attention.allSatisfy { abs($0.sum - 1) < 1e-9 })
        }
      }
    }
  }

  @Test(arguments: ["english", "m3", "mean", "clip"])
  func `attention by source is that of the traced weights`(name: String) throws {
    let embedder = try embedder(name)
    let hasPair = ["english", "m3"].contains(name)
    let item = hasPair ? pair : .text("blue whale")
    let side = try embedder.explain(item, item).first
    let pattern = name == "clip" ? "text_model.*.probs" : "*encoder.layer.*.attention.probs"
    let stages = try embedder.encodeTracing(item, matching: [pattern]).stages
    #expect(stages.count == side.attention.count)
    for (stage, shares) in zip(stages, side.attention) {
      let (heads, tokens) = (stage.shape[0], stage.shape[1])
      let queries = name == "mean" ? Array(0..<tokens) : [name == "clip" ? tokens - 1 : 0]
      var sums = [0.0, 0.0, 0.0]
      for head in 0..<heads {
        for query in queries {
          for key in 0..<tokens {
            let kind =
              switch side.plan.rows[key].content {
              case .special, .imageClass: 0
              case .patch: 1
              case .token: 2
              }
            sums[kind] += Double(stage.values[(head * tokens + query) * tokens + key])
          }
        }
      }
      let count = Double(heads * queries.count)
      #expect(abs(sums[0] / count - shares.special) < 1e-5)
      #expect(abs(sums[1] / count - shares.image) < 1e-5)
      #expect(abs(sums[2] / count - shares.text) < 1e-5)
    }
  }

  /// The other way round: a head's output is carried forward through every norm behind it.
  @Test func `a head's term is its output, carried through the frozen norms`() throws {
    let other = Item.text("a boat")
    let explanation = try english.explain(pair, other)
    let weights = try Goldens.tensors(
      at: ConvertedModels.visualTinyEnglish.get().appending(path: "model.safetensors"))
    let stages = Dictionary(
      uniqueKeysWithValues: try english.encodeTracing(pair, matching: ["bge_encoder.*"]).stages
        .map { ($0.name, $0) })
    func row(_ stage: String) throws -> [Double] {
      let stage = try #require(stages["bge_encoder.layer.\(stage)"], "\(stage)")
      return stage.values.prefix(64).map(Double.init)
    }
    func weight(_ name: String) throws -> [Double] {
      try #require(weights["bge_encoder.layer.\(name)"], "\(name)").elements.map(Double.init)
    }
    // The last layer's norms read the sums of two stages; σ is that of the class token.
    func frozen(_ x: [Double], _ norm: String, _ a: String, _ b: String) throws -> [Double] {
      let sum = try zip(row(a), row(b)).map { $0 + $1 }
      let mean = sum.reduce(0, +) / 64
      let variance = sum.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 64
      let own = x.reduce(0, +) / 64
      return try zip(x, weight("\(norm).weight")).map {
        ($0 - own) / (variance + 1e-12).squareRoot() * $1
      }
    }
    let context = try row("2.attention.self")
    let matrix = try weight("2.attention.output.dense.weight")
    let hidden = try row("2")
    let b = try english.encode(other).vector.map(Double.init)
    let norm = hidden.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for head in 0..<4 {
      var x = (0..<64).map { out in
        (head * 16..<head * 16 + 16).reduce(0) { $0 + matrix[out * 64 + $1] * context[$1] }
      }
      x = try frozen(x, "2.attention.output.LayerNorm", "2.attention.output.dense", "1")
      x = try frozen(x, "2.output.LayerNorm", "2.output.dense", "2.attention.output")
      let term = zip(x, b).reduce(0) { $0 + $1.0 * $1.1 } / norm
      let found = explanation.first.contributions.layers[2].heads[head]
      #expect(abs(found.sum - term) < 1e-6, "head \(head)")
    }
  }

  /// Without a row is with its attention weights taken away and the others made to sum to 1 again.
  @Test func `leaving words out is hiding them from every layer`() throws {
    let side = try english.explain(pair, .text("a boat"), options: .init(patchBlocks: 2)).first
    #expect(side.omissions.count == 2 + 4)
    let plan = try english.plan(for: pair)
    let corner = plan.rows.indices.filter {
      if case .patch(let row, let column) = plan.rows[$0].content {
        row < 2 && column > 1
      } else {
        false
      }
    }
    for (index, hidden) in [(0, Array(17..<20)), (3, corner)] {
      let hide = StagePatch(
        stage: "bge_encoder.layer.*.attention.probs",
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
      let effect = try english.effect(of: [hide], on: pair)
      #expect(abs(side.omissions[index].vectorChange - Double(1 - effect.cosine)) < 1e-6)
      let other = try english.encode(.text("a boat"))
      let change = effect.after.similarity(to: other) - effect.before.similarity(to: other)
      #expect(abs(side.omissions[index].similarityChange - Double(change)) < 1e-6)
    }
    #expect(side.omissions[0].part == .words(["blue"]))
    #expect(side.omissions[3].part == .patches(rows: 0..<2, columns: 2..<4))
  }

  @Test func `batches of what is left out change nothing`() throws {
    let small = try Embedder(
      modelFolder: ConvertedModels.visualTinyEnglish.get(), options: .init(batchTokens: 1))
    let one = try small.explain(pair, .text("a boat")).first.omissions
    let all = try english.explain(pair, .text("a boat")).first.omissions
    #expect(one.map(\.part) == all.map(\.part) && one.count == 2 + 16)
    for (a, b) in zip(one, all) { #expect(abs(a.vectorChange - b.vectorChange) < 1e-6) }
  }

  @Test func `the effects of picture and words are those of each alone`() throws {
    let other = Item.text("a boat")
    let explanation = try english.explain(pair, other)
    let fusion = try #require(explanation.first.fusion)
    let both = try english.encode(pair)
    let alone = try (english.encode(.image(image)), english.encode(.text("blue whale")))
    #expect(abs(fusion.cosineWithImage - Double(both.similarity(to: alone.0))) < 1e-6)
    #expect(abs(fusion.textEffect - Double(1 - both.similarity(to: alone.0))) < 1e-6)
    #expect(abs(fusion.imageEffect - Double(1 - both.similarity(to: alone.1))) < 1e-6)
    #expect(abs((fusion.imageShare ?? 0) + (fusion.textShare ?? 0) - 1) < 1e-9)
    #expect(explanation.second.fusion == nil)
    // Words that say nothing have no share: the empty text is what a picture alone is read with.
    let empty = try english.explain(.pair(image: image, text: ""), other).first
    #expect(empty.fusion?.textEffect ?? 1 < 1e-6)
    #expect(empty.omissions.count == 16)
  }

  @Test func `long texts are left out in runs, and nothing in particular is refused`() throws {
    let long = Item.text(Array(repeating: "whale", count: 40).joined(separator: " "))
    let options = Explanation.Options(dimensionGroups: 1000, wordGroups: 5, patchBlocks: 0)
    let explanation = try english.explain(long, .text(""), options: options)
    #expect(explanation.first.omissions.count == 5 && explanation.second.omissions.isEmpty)
    #expect(explanation.dimensionGroups.count == 64)
    let none = Explanation.Options(dimensionGroups: 0, wordGroups: 0, patchBlocks: -1)
    #expect(try english.explain(pair, long, options: none).first.omissions.isEmpty)
  }

  @Test func `progress goes from nothing to all, and can stop the work`() throws {
    struct Stop: Error {}
    let small = try Embedder(
      modelFolder: ConvertedModels.visualTinyEnglish.get(), options: .init(batchTokens: 1))
    var steps: [Explanation.Progress] = []
    let explanation = try small.explain(pair, .text("a boat")) { steps.append($0) }
    let omissions = explanation.first.omissions.count + explanation.second.omissions.count
    // Each item's vector and dissection, and the two halves of the pair.
    let total = 2 * 2 + 2 + omissions
    #expect(steps.allSatisfy { $0.total == total })
    #expect(steps.map(\.completed) == Array(0...total))
    #expect(throws: Stop.self) {
      try english.explain(pair, pair) { if $0.completed == 3 { throw Stop() } }
    }
  }

  @Test func `CLIP explains texts and pictures, and refuses pairs`() throws {
    let clip = try embedder("clip")
    let explanation = try clip.explain(.image(image), .text("a whale"))
    #expect(explanation.first.omissions.count == 16 && explanation.second.omissions.count == 2)
    #expect(explanation.first.contributions.layers.allSatisfy { $0.norms == 0 })
    #expect(explanation.first.contributions.finalNorm != 0)
    #expect(throws: EmbedderError.pairsNotSupported) { try clip.explain(pair, pair) }
  }
}
