import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// A decoder without its head: ids become the vectors behind the last norm.
struct Decoder: PageTower {
  private let config: DecoderConfig
  let words: EmbeddingTable
  /// Of the words' vectors.
  private let wordScale: Float?
  private let layers: [DecoderLayer]
  private let norm: RMSNorm
  /// By which all layers' heads turn; nil where layers differ, and no text's length counts.
  private let rotary: RotaryRule?

  /// - Parameter wordScale: what the words' vectors are multiplied by; nil for nothing.
  init(
    _ weights: Weights, _ config: DecoderConfig, isGemma: Bool = false, wordScale: Float? = nil,
    rotary: RotaryRule? = nil, layer: (Weights, Int) throws -> DecoderLayer
  ) throws {
    self.config = config
    self.wordScale = wordScale
    self.rotary = rotary
    words = try EmbeddingTable(
      weights["embed_tokens"], count: config.vocabularySize, width: config.hiddenSize)
    layers = try (0..<config.layerCount).map { try layer(weights["layers"][$0], $0) }
    norm = try RMSNorm(
      weights["norm"], width: config.hiddenSize, epsilon: config.normEpsilon, isOffset: isGemma)
  }

  /// Whose layers differ in nothing.
  init(
    _ weights: Weights, _ config: DecoderConfig, _ traits: DecoderTraits, sight: AttentionSight,
    rotary rule: RotaryRule
  ) throws {
    let rotary = RotaryEmbedding(rule)
    try self.init(weights, config, rotary: rule) { weights, _ in
      try DecoderLayer(weights, config, traits, sight: sight, rotary: rotary)
    }
  }

  var width: Int { config.hiddenSize }

  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor {
    let x = words(inputs.flatMap(\.ids))
    return trace.pass(words.path, wordScale.map { x.scaled(by: $0) } ?? x)
  }

  func embed(
    _ inputs: [ModelInput], replacing places: [Int], by pictures: Tensor?, trace: Trace?
  ) -> Tensor {
    let words = embed(inputs, trace: trace)
    return pictures.map { words.replacingRows(at: places, by: $0) } ?? words
  }

  func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    let groups = rotary?.groups(of: sequences) ?? []
    guard groups.count > 1 else {
      return try runTogether(x, in: sequences, keeping: rows, trace: trace)
    }
    var parts = [Tensor?](repeating: nil, count: sequences.count)
    for group in groups {
      let ranges = group.map { sequences.ranges[$0] }
      let own = PackedSequences(lengths: ranges.map(\.count))
      let kept = rows.map { rows in
        zip(group, own.starts).map { $1 + rows[$0] - sequences.ranges[$0].lowerBound }
      }
      let out = try runTogether(
        x.rows(at: ranges.flatMap { Array($0) }), in: own, keeping: kept, trace: trace)
      for (place, sequence) in group.enumerated() {
        parts[sequence] = out.rows(rows == nil ? own.ranges[place] : place..<place + 1)
      }
    }
    return .concatenating(parts.compactMap { $0 })
  }

  /// Sequences whose heads turn alike.
  private func runTogether(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace) {
      trace.pass(norm.path, norm($0))
    }
  }

  /// Caches of all layers, which have read nothing.
  var caches: [KeyValueBlocks] { layers.map(\.cache) }

  /// Reads on in one sequence: what stands behind the last norm for the last of the next tokens,
  /// [T, C] → [1, C].
  ///
  /// - Throws: `CancellationError` between two layers, of which some have read the tokens then.
  func read(_ x: Tensor, behind caches: inout [KeyValueBlocks]) throws -> Tensor {
    var x = x
    for (index, layer) in layers.enumerated() {
      try Task.checkCancellation()
      x = layer(x, behind: &caches[index], keepingLast: index == layers.count - 1)
    }
    return norm(x)
  }

  /// x·Wᵀ for some rows of the table of words, which the head of a language model shares.
  func wordVectors(_ ids: [Int]) -> Tensor { words(ids) }
}

extension SentenceEncoderFamily where Tower == Decoder {
  static var prefix: String { "model" }
  static var stages: StageNames { StageNames(attention: "*layers.#.self_attn.probs") }
  static var quantizedLayers: [String] { Decoder.quantizedLayers }
  static var unusedTensors: [String] { ["lm_head.*", "*rotary_emb.inv_freq"] }
}

extension Decoder {
  static let quantizedLayers = [
    "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
    "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj",
  ].map { "layers.*.\($0)" }
}
