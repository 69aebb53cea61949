import Foundation
import TesseraTensors
import TesseraTestSupport
import Testing

/// Each operation against its naive twin.
@Suite struct OperationTests {
  /// Worked figures of the three activations at −0.5.
  @Test func `gelu and quick_gelu differ as they should`() {
    let x = Tensor([-0.5], shape: [1])
    #expect(abs(x.activated(.gelu).elements[0] + 0.15426877) < 3e-8)
    #expect(abs(x.activated(.quickGELU).elements[0] + 0.1496116) < 5e-8)
    #expect(x.activated(.relu).elements == [0])
  }

  @Test(arguments: Activation.allCases, [1, 7, 8, 4099])
  func `activations`(activation: Activation, count: Int) {
    let x = Tensor.random([count], seed: 1, scale: 6)
    expectNear(x.activated(activation), naiveActivation(x, activation))
  }

  @Test(
    arguments: [[1, 1, 1], [3, 5, 7], [16, 64, 48], [300, 33, 800], [2, 770, 385]],
    ProductCode.allCases)
  func `linear layers`(sizes: [Int], choice: ProductCode) {
    let x = Tensor.random([sizes[0], sizes[1]], seed: 2)
    let weight = Tensor.random([sizes[2], sizes[1]], seed: 3)
    let bias = Tensor.random([sizes[2]], seed: 4)
    let weights = LinearWeights(StoredMatrix(weight.stored), for: choice)
    expectNear(x.linear(weights), naiveLinear(x, weight: weight, bias: nil), .sum)
    expectNear(
      x.linear(weights, bias: bias), naiveLinear(x, weight: weight, bias: bias), .sum)
    for activation in Activation.allCases {
      expectNear(
        x.linear(weights, bias: bias, activation: activation),
        naiveActivation(naiveLinear(x, weight: weight, bias: bias), activation), .sum)
    }
  }

  @Test(arguments: ProductCode.allCases)
  func `stacked layers give each layer's columns`(choice: ProductCode) {
    let x = Tensor.random([70, 24], seed: 2)
    let parts = [5, 40, 33].map { Tensor.random([$0, 24], seed: UInt64($0)) }
    let bias = Tensor.random([78], seed: 4)
    let weights = LinearWeights(
      stacking: parts.map { LinearWeights(StoredMatrix($0.stored), for: choice) })
    expectNear(
      x.linear(weights, bias: bias),
      naiveLinear(x, weight: .concatenating(parts), bias: bias), .sum)
  }

  /// What an item gets does not depend on what it is computed with.
  @Test func `packed products give the same bits for any number of rows`() {
    let x = Tensor.random([600, 96], seed: 2)
    let weights = LinearWeights(
      StoredMatrix(Tensor.random([130, 96], seed: 3).stored), for: .simd)
    let all = x.linear(weights, activation: .gelu)
    for range in [0..<1, 5..<7, 3..<17, 0..<33, 255..<300, 1..<600] {
      let part = x.rows(range).linear(weights, activation: .gelu)
      #expect(part.elements == all.rows(range).elements, "rows \(range)")
    }
  }

  /// The product of what rounding leaves of both sides, and the same bits in any company.
  @Test(
    arguments: [Arithmetic.bfloat16, .bfloat16Weights, .int8],
    [[1, 64, 64], [37, 50, 45], [200, 96, 130]])
  func `linear layers of narrow numbers`(precision: Arithmetic, sizes: [Int]) {
    let x = Tensor.random([sizes[0], sizes[1]], seed: 2)
    let weight = Tensor.random([sizes[2], sizes[1]], seed: 3)
    let bias = Tensor.random([sizes[2]], seed: 4)
    let weights = LinearWeights(StoredMatrix(weight.stored), precision: precision)
    let narrow = x.linear(weights, bias: bias, activation: .gelu)
    let wide = naiveActivation(naiveLinear(x, weight: weight, bias: bias), .gelu)
    // Rounding errors of 2⁻⁹ of each number, or of half a step of 1/127, add up at random.
    let step: Float = precision == .int8 ? 1.0 / 127 : 1.0 / 256
    let bound = 4 * step * Float(sizes[1]).squareRoot()
    for (a, b) in zip(narrow.elements, wide.elements) { #expect(abs(a - b) <= bound) }
    for row in [0, sizes[0] / 2, sizes[0] - 1] {
      let alone = x.rows(row..<row + 1).linear(weights, bias: bias, activation: .gelu)
      #expect(alone.elements == narrow.rows(row..<row + 1).elements)
    }
  }

  @Test(arguments: [1, 50, 63, 130])
  func `weights rounded to bfloat16 give the bits of a checkpoint in bfloat16`(inputs: Int) {
    let weight = Tensor.random([70, inputs], seed: 3)
    let rounded = weight.elements.map { x in
      // To nearest, ties to even.
      let bits = x.bitPattern
      return Float(bitPattern: (bits + 0x7FFF + bits >> 16 & 1) & 0xFFFF_0000)
    }
    let expected = LinearWeights(
      StoredMatrix(Tensor(rounded, shape: weight.shape).stored), for: .simd)
    let weights = LinearWeights(StoredMatrix(weight.stored), precision: .bfloat16Weights)
    let x = Tensor.random([40, inputs], seed: 2)
    // Packed for one product, and kept.
    for _ in 0..<3 { #expect(x.linear(weights).elements == x.linear(expected).elements) }
    #expect(2 * weights.byteCount == expected.byteCount)
  }

  @Test(arguments: [(1, 1), (256, 1), (257, 2), (768, 2), (2730, 8)])
  func `weights quantised ahead give the same bits as weights quantised at loading`(
    inputs: Int, groups: Int
  ) {
    let x = Tensor.random([9, inputs], seed: 2)
    let stored = StoredMatrix(Tensor.random([66, inputs], seed: 3).stored)
    let ahead = stored.quantized()
    #expect(ahead.tensor.dtype == .i8 && ahead.scales?.shape == [66, groups])
    let now = x.linear(LinearWeights(stored, precision: .int8))
    #expect(x.linear(LinearWeights(ahead, precision: .int8)).elements == now.elements)
    expectNear(ahead.widened(), stored.widened(), Tolerance(absolute: 1.0 / 127, relative: 0))
  }

  @Test func `16-bit weights give the bits of their float32 values`() {
    for rows in [1, 40] {
      let x = Tensor.random([rows, 50], seed: 2)
      let values = Tensor.random([45, 50], seed: 3).elements
      let halves = values.map { Float16($0).bitPattern }
      let brains = values.map { UInt16($0.bitPattern >> 16) }
      for (bits, dtype) in [(halves, DType.f16), (brains, .bf16)] {
        let storage = bits.withUnsafeBytes { bytes in
          TensorStorage(byteCount: bytes.count) { $0.copyMemory(from: bytes) }
        }
        let stored = StoredTensor(dtype: dtype, shape: [45, 50], storage: storage)
        let narrow = x.linear(LinearWeights(StoredMatrix(stored), for: .simd))
        let wide = x.linear(LinearWeights(StoredMatrix(stored.widened().stored), for: .simd))
        #expect(narrow.elements == wide.elements, "\(dtype)")
      }
    }
  }

  @Test(arguments: [1, 8, 13, 768]) func `layer normalisation`(width: Int) {
    let x = Tensor.random([37, width], seed: 5, scale: 3)
    let residual = Tensor.random([37, width], seed: 6)
    let weight = Tensor.random([width], seed: 7)
    let bias = Tensor.random([width], seed: 8)
    let norm = LayerNormWeights(weight: weight, bias: bias, epsilon: 1e-5)
    expectNear(
      x.layerNorm(norm),
      naiveLayerNorm(x, weight: weight, bias: bias, epsilon: 1e-5))
    expectNear(
      x.layerNorm(norm, adding: residual),
      naiveLayerNorm(x + residual, weight: weight, bias: bias, epsilon: 1e-5))
  }

  @Test(arguments: [1, 8, 13, 768]) func `root mean square normalisation`(width: Int) {
    let x = Tensor.random([37, width], seed: 5, scale: 3)
    let weight = Tensor.random([width], seed: 7)
    expectNear(
      x.rmsNorm(RMSNormWeights(weight: weight, epsilon: 1e-6)),
      naiveRMSNorm(x, weight: weight, epsilon: 1e-6))
  }

  @Test(arguments: Activation.allCases, [2, 6, 64, 1030])
  func `gates`(activation: Activation, width: Int) {
    let x = Tensor.random([9, width], seed: 9, scale: 4)
    let (gate, up) = (x.columns(0..<width / 2), x.columns(width / 2..<width))
    expectNear(x.gated(by: activation), naiveActivation(gate, activation) * up)
    #expect(x.gated(by: activation).elements == (gate.activated(activation) * up).elements)
  }

  @Test(arguments: [2, 6, 64, 5460]) func `gated feed-forward`(width: Int) {
    let x = Tensor.random([9, width], seed: 9, scale: 4)
    expectNear(x.swiGLU(), naiveSwiGLU(x))
    let norm = LayerNormWeights(
      weight: Tensor.random([width / 2], seed: 7), bias: Tensor.random([width / 2], seed: 8),
      epsilon: 1e-5)
    expectNear(
      x.swiGLU(normalizedBy: norm),
      naiveLayerNorm(naiveSwiGLU(x), weight: norm.weight, bias: norm.bias, epsilon: 1e-5))
  }

  /// Longer than a block of queries and than a block of keys, alone and beside others.
  @Test(
    arguments: [[1], [5, 1, 17], [130, 600, 3], [1030]], [false, true])
  func `attention`(lengths: [Int], isCausal: Bool) {
    let sequences = PackedSequences(lengths: lengths)
    let shape = AttentionShape(heads: 2, headWidth: 6, scale: 0.4, sight: isCausal ? .causal : .all)
    let qkv = Tensor.random([sequences.tokenCount, 36], seed: 10, scale: 3)
    let expected = naiveAttention(qkv, shape, in: sequences)
    for choice in ProductCode.allCases {
      expectNear(qkv.attention(shape, in: sequences, by: choice), expected)
    }
    let narrow = AttentionShape(
      heads: 2, headWidth: 6, scale: 0.4, sight: isCausal ? .causal : .all, precision: .bfloat16)
    expectNear(
      qkv.attention(narrow, in: sequences), expected, Tolerance(absolute: 0.08, relative: 0.02))
    for tokens in sequences.ranges where tokens.count < 100 {
      expectNear(
        qkv.attentionProbabilities(shape, of: tokens),
        naiveProbabilities(qkv, shape, of: tokens))
    }
  }

  /// Long sequences at int8 score bytes. What all keys have in common, however large, makes no
  /// difference.
  @Test(arguments: [AttentionSight.all, .init(before: 300, after: nil)], [Float(0), 100])
  func `attention of long texts at int8`(sight: AttentionSight, offset: Float) {
    let sequences = PackedSequences(lengths: [400, 383, 1000])
    let shape = AttentionShape(
      heads: 2, headWidth: 30, scale: 0.2, sight: sight, precision: .int8)
    let random = Tensor.random([sequences.tokenCount, 180], seed: 10, scale: 2)
    let qkv = Tensor(
      random.elements.enumerated().map { i, x in
        // Of the keys, the first channel of each head.
        [60, 90].contains(i % 180) ? x + offset : x
      }, shape: random.shape)
    let expected = naiveAttention(qkv, shape, in: sequences)
    let actual = qkv.attention(shape, in: sequences)
    // A score's error is a few hundredths: as many hundredths of a weight.
    expectNear(actual, expected, Tolerance(absolute: 0.05, relative: 0.03))
    let alone = qkv.rows(sequences.ranges[2])
      .attention(shape, in: PackedSequences(lengths: [1000]))
    #expect(actual.rows(sequences.ranges[2]).elements == alone.elements)
  }

  /// Scores rise along the keys, so that the running maximum changes in every block.
  @Test func `attention survives large and rising scores`() {
    let count = 1100
    let qkv = Tensor(
      (0..<count).flatMap { [1, Float($0) * 0.1, Float($0 % 7)] as [Float] }, shape: [count, 3])
    let shape = AttentionShape(heads: 1, headWidth: 1, scale: 1)
    let sequences = PackedSequences(lengths: [count])
    let expected = naiveAttention(qkv, shape, in: sequences)
    for choice in ProductCode.allCases {
      expectNear(qkv.attention(shape, in: sequences, by: choice), expected)
    }
  }

  @Test func `rotary embedding turns pairs of q and k, from its first token on`() {
    let shape = AttentionShape(heads: 1, headWidth: 2, scale: 1)
    let angle: Float = 0.3
    let cosines = Tensor([cos(angle), cos(angle)], shape: [1, 2])
    let sines = Tensor([sin(angle), sin(angle)], shape: [1, 2])
    let qkv = Tensor([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6], shape: [2, 6])
    let turned = qkv.rotated(
      by: RotaryTables(cosines: cosines, sines: sines, from: 1), shape,
      in: PackedSequences(lengths: [2]))
    #expect(turned.row(0).elements == [1, 2, 3, 4, 5, 6])
    let (c, s) = (cos(angle), sin(angle))
    expectNear(
      turned.row(1),
      Tensor([c - 2 * s, 2 * c + s, 3 * c - 4 * s, 4 * c + 3 * s, 5, 6], shape: [6]))
  }

  @Test func `a sequence turns by the first rows of longer tables, wherever it is packed`() {
    let shape = AttentionShape(heads: 2, headWidth: 4, scale: 1)
    let tables = RotaryTables(cosines: .random([6, 4], seed: 1), sines: .random([6, 4], seed: 2))
    let sequences = PackedSequences(lengths: [3, 6, 1])
    let qkv = Tensor.random([10, 24], seed: 3)
    let together = qkv.rotated(by: tables, shape, in: sequences)
    for tokens in sequences.ranges {
      for (place, row) in tokens.enumerated() {
        let own = RotaryTables(
          cosines: tables.cosines.rows(place..<place + 1),
          sines: tables.sines.rows(place..<place + 1))
        let alone = qkv.rows(row..<row + 1)
          .rotated(by: own, shape, in: PackedSequences(lengths: [1]))
        #expect(together.row(row).elements == alone.elements)
      }
    }
  }

  @Test func `where rows are left out, the others turn as they would have beside them`() {
    let shape = AttentionShape(heads: 2, headWidth: 4, scale: 1)
    let turns = [1, 2].map { Tensor.random([6, 4], seed: $0) }
    let turn = RotaryTables(cosines: turns[0], sines: turns[1], from: 1)
    let qkv = Tensor.random([7, 24], seed: 3)
    let few = [0, 2, 3, 6, 0, 5]
    let left = qkv.rows(at: few).rotated(by: turn, shape, in: .init(lengths: [4, 2], places: few))
    let whole = qkv.rotated(by: turn, shape, in: PackedSequences(lengths: [7]))
    #expect(left.elements == whole.rows(at: few).elements)
  }

  /// The bits of an item depend neither on the threads nor on what it is packed with.
  @Test func `attention gives the same bits in any batch`() {
    let shape = AttentionShape(heads: 3, headWidth: 16, scale: 0.25)
    let one = Tensor.random([140, 144], seed: 11)
    let other = Tensor.random([75, 144], seed: 12)
    let alone = one.attention(shape, in: PackedSequences(lengths: [140])).elements
    let together = Tensor.concatenating([other, one])
      .attention(shape, in: PackedSequences(lengths: [75, 140]))
    #expect(together.rows(75..<215).elements == alone)
  }

  @Test func `largest numbers and weighted sums of rows`() {
    let x = Tensor([1, -5, 3, -2, 2, 7], shape: [3, 2])
    #expect(x.maximumOfRows().elements == [3, 7])
    // 1·1 + 2·3 + ½·2, and −1·5 − 2·2 + ½·7.
    #expect(x.sumOfRows([1, 2, 0.5]).elements == [8, -5.5])
    #expect(Tensor([1, .nan, 3, 2], shape: [2, 2]).maximumOfRows().elements[1].isNaN)
    #expect(x.rows(0..<0).maximumOfRows().elements == [-.infinity, -.infinity])
  }
}

extension Tolerance {
  /// Sums of hundreds of products in float32.
  fileprivate static let sum = Tolerance(absolute: 3e-5, relative: 1e-5)
}
