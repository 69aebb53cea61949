import Foundation
import TesseraEmbedders
import TesseraJSON
import TesseraStudy
import TesseraTestSupport
import Testing

/// The page that `tessera inspect --report` writes.
@Suite struct ReportTests {
  private let embedder: Embedder
  private let image = Goldens.url("images/rgb.png")

  init() throws {
    embedder = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
  }

  private func report(_ item: Item, model: String = "tiny") throws -> String {
    try StudyReport(of: item, in: embedder, model: model).html
  }

  /// The JSON that the page's script reads.
  private func data(_ html: String) throws -> [String: Any] {
    let mark = try #require(html.range(of: #"<script type="application/json" id="data">"#))
    let end = try #require(html.range(of: "</script>", range: mark.upperBound..<html.endIndex))
    let json = Data(html[mark.upperBound..<end.lowerBound].utf8)
    return try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
  }

  @Test func `the page loads nothing`() throws {
    let html = try report(.pair(image: image, text: "blue whale"))
    #expect(html.utf8.count < 100_000)
    #expect(html.contains("default-src 'none'"))
    // The name of the SVG namespace is the only address, and is not fetched.
    let rest = html.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "")
    for reference in ["http:", "https:", "//cdn", "@import", "<link", "src=\"", "href=", "fetch("] {
      let found = rest.range(of: reference)
      #expect(found == nil, "\(reference)")
    }
    #expect(!html.contains("{{"))
  }

  @Test func `the page has every stage and every layer`() throws {
    let item = Item.pair(image: image, text: "blue whale")
    let page = try data(report(item))
    let stages = try #require(page["stages"] as? [[Any]])
    let traced = try embedder.encodeTracing(item).stages
    #expect(stages.compactMap { $0[0] as? String } == traced.map(\.name))
    let numbers = stages[3][2...].compactMap { ($0 as? NSNumber)?.floatValue }
    let statistics = traced[3].statistics
    #expect(
      numbers == [
        Float(statistics.mean), Float(statistics.deviation), Float(statistics.norm),
        statistics.minimum, statistics.maximum, Float(statistics.zeroShare), 0,
      ])
    let stacks = try #require(page["stacks"] as? [[String: Any]])
    #expect(stacks.compactMap { $0["name"] as? String } == ["encoder", "image-tower"])
    for (stack, heads) in zip(stacks, [4, 2]) {
      #expect((stack["stages"] as? [String])?.count == 3)
      #expect((stack["heads"] as? [String])?.count == 1 + heads)
      #expect((stack["shares"] as? [[Double]])?.count == 3)
      #expect((stack["norms"] as? [Any])?.count == 4)
    }
    let similarities = try #require(page["similarities"] as? [String: Any])
    let values = try #require(similarities["values"] as? [[Double]])
    let text = try embedder.encode(.text("blue whale"))
    #expect(Float(values[1][2]) == text.similarity(to: try embedder.encode(item)))
  }

  @Test func `hostile text stays text`() throws {
    let hostile = #"</script><img src=x onerror=alert(1)> {{DATA}} "' <!-- 鲸 \ </SCRIPT>"#
    let html = try report(.text(hostile), model: hostile)
    #expect(!html.contains("<img src=x"))
    // Two scripts begin and end, as in any report.
    #expect(html.lowercased().components(separatedBy: "</script").count == 3)
    #expect(!html.contains("<!--"))
    let facts = try #require(try data(html)["facts"] as? [[String]])
    #expect(facts.contains(["Text", hostile]) && facts.contains(["Model", hostile]))
  }

  @Test func `a run that was changed says so`() throws {
    let patch = StagePatch(stage: "bge_embeddings", change: .scale(2))
    let item = Item.text("blue whale")
    let html = try StudyReport(of: item, in: embedder, model: "tiny", patching: [patch]).html
    let page = try data(html)
    let facts = try #require(page["facts"] as? [[String]])
    #expect(facts.contains(["Changed", "bge_embeddings"]))
    let stages = try #require(page["stages"] as? [[Any]])
    let norm = try #require(stages[0][4] as? Double)
    let plain = try embedder.encodeTracing(item, matching: ["bge_embeddings"]).stages[0]
    #expect(abs(norm / plain.statistics.norm - 2) < 1e-6)
  }

  @Test func `a text alone has no picture and nothing to compare`() throws {
    let page = try data(report(.text("whale")))
    #expect(page["picture"] as? String == "")
    #expect(page["similarities"] == nil)
    #expect((page["stacks"] as? [Any])?.count == 1)
  }

  @Test func `bytes give the weights back`() throws {
    let item = Item.pair(image: image, text: "blue whale")
    let layer = try Attention(of: item, layer: 1, of: embedder)
    let packed = try PackedAttention([layer], AttentionPacking(groups: 4, hasHeads: true))
    #expect(packed.matrix.count == 5 * 23 * 23 && packed.rows.isEmpty)
    let weights = try layer.map(of: .one(3)).weights
    for (byte, weight) in zip(packed.matrix[(4 * 23 * 23)...], weights) {
      let top: Float = packed.tops[4]
      let share: Float = Float(byte) / 255
      // Half a step of the root, at the weight.
      let step: Float = top * (share + 0.5 / 255) / 255
      let difference: Float = top * share * share - weight
      #expect(abs(difference) <= step)
    }
  }

  @Test func `grouped patches keep what they look at`() throws {
    let item = Item.pair(image: image, text: "blue whale")
    let map = try Attention(of: item, layer: 0, of: embedder).map(of: .mean)
    let grouped = map.grouped(2)
    #expect(grouped.count == 11 * 11)
    let rows = (0..<11).map { Array(grouped[$0 * 11..<$0 * 11 + 11]) }
    #expect(rows.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
    // From the class token to the lower right four patches, and from those to the class token.
    let corner = [11, 12, 15, 16]
    #expect(abs(rows[0][4] - corner.reduce(0) { $0 + map.row(0)[$1] }) < 1e-6)
    #expect(abs(rows[4][0] - corner.reduce(0) { $0 + map.row($1)[0] } / 4) < 1e-6)
    #expect(abs(rows[0][10] - map.row(0)[22]) < 1e-7)
  }

  @Test(arguments: [
    (layers: 12, heads: 12, tower: 12, side: 14, words: 14, groups: 7, hasHeads: true),
    (layers: 24, heads: 16, tower: 16, side: 16, words: 14, groups: 6, hasHeads: true),
    (layers: 12, heads: 12, tower: 12, side: 14, words: 316, groups: 7, hasHeads: false),
    (layers: 12, heads: 12, tower: 0, side: 0, words: 128, groups: 0, hasHeads: true),
  ])
  func `attention of real models fits into the page`(
    _ model: (
      layers: Int, heads: Int, tower: Int, side: Int, words: Int, groups: Int, hasHeads: Bool
    )
  ) throws {
    func layers(words: Int, heads: Int) -> [Attention] {
      let patches = (0..<model.side * model.side).map {
        TokenSequence.Token(
          kind: .patch(row: $0 / model.side, column: $0 % model.side), text: "", id: nil)
      }
      let others = Array(
        repeating: TokenSequence.Token(kind: .word, text: "w", id: 5), count: words)
      let sequence = TokenSequence(tokens: others + patches, patchesPerSide: model.side)
      let count = heads * sequence.tokens.count * sequence.tokens.count
      let layer = Attention(
        stage: "layer", headCount: heads, sequence: sequence,
        weights: [Float](repeating: 0.1, count: count))
      return Array(repeating: layer, count: model.layers)
    }
    let stacks =
      [layers(words: model.words, heads: model.heads)]
      + (model.tower > 0 ? [layers(words: 1, heads: model.tower)] : [])
    let packing = try AttentionPacking(fitting: stacks)
    #expect(packing == AttentionPacking(groups: model.groups, hasHeads: model.hasHeads))
    let packed = try stacks.map { try PackedAttention($0, packing) }
    #expect(packed.reduce(0) { $0 + $1.matrix.count + $1.rows.count } < 3_300_000)
  }

  @Test func `what is too long is refused before it is computed`() throws {
    #expect(throws: ReportError.tooManyTokens(23, limit: 22)) {
      try StudyReport(
        of: .pair(image: image, text: "blue whale"), in: embedder, model: "", maximumTokens: 22)
    }
    let m3 = try Embedder(modelFolder: ConvertedModels.bgeM3Tiny.get())
    let long = Item.text(String(repeating: "whale ", count: 300))
    let count = try m3.tokens(of: long, in: .encoder).tokens.count
    #expect(throws: AttentionError.tooManyTokens(count, limit: 200)) {
      try Attention(of: long, layer: 0, of: m3).map(of: .mean).heatMap()
    }
  }
}
