import Foundation
import TesseraEmbedders
import TesseraImages
import TesseraStudy
import TesseraTestSupport
import Testing

/// Attention beside PyTorch's, and the pictures that are made of it.
@Suite struct AttentionTests {
  private let embedder: Embedder
  private let item = Item.pair(image: Goldens.url("images/rgb.png"), text: "blue whale")

  init() throws {
    embedder = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
  }

  @Test func `a fused sequence is class token, patches, words, separator`() throws {
    let sequence = try embedder.tokens(of: item, in: .encoder)
    #expect(sequence.tokens.map(\.text).prefix(3) == ["[CLS]", "0,0", "0,1"])
    #expect(sequence.tokens.map(\.text).suffix(6) == ["b", "##l", "##ue", "wh", "##ale", "[SEP]"])
    #expect(sequence.patchIndices == 1..<17 && sequence.patchesPerSide == 4)
    #expect(sequence.tokens[6].kind == .patch(row: 1, column: 1))
    #expect(sequence.tokens[0].kind == .special && sequence.tokens[17].kind == .word)
    let tower = try embedder.tokens(of: item, in: .imageTower)
    #expect(sequence.tokens.map(\.position) == Array(0...22))
    #expect(tower.tokens.count == 17 && tower.patchIndices == 1..<17)
    let text = try embedder.tokens(of: .text("whale"), in: .encoder)
    #expect(text.tokens.map(\.text) == ["[CLS]", "wh", "##ale", "[SEP]"])
    #expect(text.patchIndices.isEmpty)
    #expect(try embedder.tokens(of: .text("whale"), in: .imageTower).tokens.isEmpty)
  }

  @Test func `words are found by their spelling`() throws {
    let twice = Item.text("Whale, blue whale 鲸鱼")
    let sequence = try embedder.tokens(of: twice, in: .encoder)
    let spelled = { sequence.indices(of: $0).map { sequence.tokens[$0].text } }
    #expect(spelled("WHALE") == ["wh", "##ale", "wh", "##ale"])
    #expect(spelled("blue whale") == ["b", "##l", "##ue", "wh", "##ale"])
    #expect(spelled("鲸鱼") == ["鲸", "鱼"])
    #expect(spelled("[SEP]") == ["[SEP]"])
    let unknown = try embedder.tokens(of: .text("whale ☃ ☂"), in: .encoder)
    #expect(unknown.tokens[3].kind == .unknown)
    #expect(unknown.indices(of: "☃") == [3] && unknown.indices(of: "[UNK]") == [3, 4])
    #expect(spelled("##ale") == ["##ale", "##ale"])
    #expect(spelled("hal").isEmpty && spelled("").isEmpty && spelled("whales").isEmpty)
  }

  @Test func `weights are PyTorch's`() throws {
    let golden = try Goldens.tensors("visual-tiny-en/trace-pair.safetensors")
    let expected = try #require(golden["bge_encoder.layer.1.attention.probs"])
    let attention = try Attention(of: item, layer: 1, of: embedder)
    #expect(attention.headCount == 4)
    #expect(disagreement(attention.weights, expected.elements, .activation) == nil)
    let size = 23 * 23
    let head = try attention.map(of: .one(2))
    #expect(head.weights == Array(attention.weights[2 * size..<3 * size]))
    let mean = try attention.map(of: .mean)
    let sum = (0..<4).reduce(Float(0)) { $0 + attention.weights[$1 * size + 5] }
    #expect(abs(mean.weights[5] - sum / 4) < 1e-7)
    let shares = mean.shares
    #expect(abs(shares.picture + shares.words + shares.special - 1) < 1e-5)
    let whale = try mean.rows(of: "whale")
    #expect(whale.queries == [20, 21])
    let place = whale.sequence.patchIndices.lowerBound + 3
    #expect(try whale.patchWeights()[3] == (mean.row(20)[place] + mean.row(21)[place]) / 2)
  }

  @Test func `the tower has attention of its own`() throws {
    let attention = try Attention(of: item, in: .imageTower, layer: 2, of: embedder)
    #expect(attention.stage == "model_visual.visual.blocks.2.attn.probs")
    #expect(attention.headCount == 2 && attention.sequence.tokens.count == 17)
    let clip = try Embedder(modelFolder: Goldens.url("clip-tiny"))
    let picture = Item.image(Goldens.url("images/rgb.png"))
    #expect(
      try Attention(of: picture, in: .imageTower, layer: 0, of: clip).sequence.patchesPerSide == 4)
    #expect(try Attention(of: .text("a cat"), layer: 0, of: clip).sequence.tokens.count > 2)
    #expect(throws: AttentionError.stackNotRun(.encoder)) {
      try Attention(of: picture, layer: 0, of: clip)
    }
  }

  @Test func `what does not exist is named with what does`() throws {
    #expect(throws: AttentionError.noSuchLayer(3, count: 3)) {
      try Attention(of: item, layer: 3, of: embedder)
    }
    let attention = try Attention(of: item, layer: 0, of: embedder)
    #expect(throws: AttentionError.noSuchHead(4, count: 4)) { try attention.map(of: .one(4)) }
    let map = try attention.map(of: .mean)
    let words = ["[CLS]", "b", "##l", "##ue", "wh", "##ale", "[SEP]"]
    #expect(throws: AttentionError.noSuchWord("cat", words: words)) { try map.rows(of: "cat") }
    let text = try Attention(of: .text("whale"), layer: 0, of: embedder).map(of: .mean)
    #expect(throws: AttentionError.noPatches) { try text.patchWeights() }
    #expect(throws: AttentionError.stackNotRun(.imageTower)) {
      try Attention(of: .text("whale"), in: .imageTower, layer: 0, of: embedder)
    }
  }

  @Test func `every cell of a heat map has its weight's colour`() throws {
    let map = try Attention(of: item, layer: 1, of: embedder).map(of: .one(0))
    let raster = try map.heatMap().canvas.raster
    let scale = ColourScale(map.weights)
    let axis = TokenAxis(map.sequence.tokens, patchesPerSide: 4)
    let left = 12 + BitmapFont.builtIn.width(of: "[CLS]") + 6
    let top = 12 + 20 + 10 + BitmapFont.builtIn.width(of: "[CLS]") + 6
    for (row, down) in axis.cells.enumerated() {
      for (column, across) in axis.cells.enumerated() {
        #expect(
          raster.colour(left + across.start + across.length / 2, top + down.start + down.length / 2)
            == scale[map.row(row)[column]], "\(row), \(column)")
      }
    }
  }

  @Test func `an overlay has each weight on its patch`() throws {
    // Eight by eight patches on a picture of 64 pixels; every patch has a gray of its own.
    let side = 64
    let rgb = (0..<side * side).flatMap { i -> [UInt8] in
      let value = UInt8((i / side / 8 * 8 + i % side / 8) * 4)
      return [value, value, value]
    }
    let tokens = (0..<64).map {
      TokenSequence.Token(kind: .patch(row: $0 / 8, column: $0 % 8), text: "", id: nil)
    }
    let weights = (0..<64).map { Float(($0 * 37) % 64) / 64 }
    let map = AttentionMap(
      title: "planted", sequence: TokenSequence(tokens: tokens, patchesPerSide: 8), queries: [0],
      weights: weights)
    let picture = PictureAsRead(side: side, rgb: rgb)
    let raster = try map.overlay(on: picture).canvas.raster
    let scale = ColourScale(weights)
    // 7 pixels for one; two lines of text above.
    let (top, left, cell) = (16 + 2 * 24 + 8, 16, 56)
    let right = left + 448 + 16
    for patch in 0..<64 {
      let x = patch % 8 * cell + 28
      let y = top + patch / 8 * cell + 28
      let gray = Colour(UInt8(patch * 4), UInt8(patch * 4), UInt8(patch * 4))
      #expect(raster.colour(left + x, y) == gray, "\(patch)")
      let heat = gray.under(.white, opacity: 0.4)
        .under(scale[weights[patch]], opacity: AttentionMap.opacity)
      #expect(raster.colour(right + x, y) == heat, "\(patch)")
    }
  }
}
