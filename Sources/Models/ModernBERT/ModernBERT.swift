import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Attention, then a gated feed-forward, each behind a norm.
struct ModernBERTLayer: PreNormLayer {
  private let path: String
  /// Nil in the first layer, whose input the embeddings' norm has just left.
  private let attentionNorm: LayerNorm?
  private let attentionPath: String
  let selfAttention: SelfAttention
  private let output: Linear
  private let feedForwardNorm: LayerNorm
  private let feedForward: GatedFeedForward

  init(
    _ weights: Weights, _ config: ModernBERTConfig, isFirst: Bool, sight: AttentionSight,
    rotary: RotaryEmbedding
  ) throws {
    let width = config.hiddenSize
    let (attn, mlp) = (weights["attn"], weights["mlp"])
    func norm(_ name: String) throws -> LayerNorm {
      try LayerNorm(
        weights[name], width: width, epsilon: config.normEpsilon, hasBias: config.hasNormBias)
    }
    (path, attentionPath) = (weights.path, attn.path)
    attentionNorm = isFirst ? nil : try norm("attn_norm")
    selfAttention = try SelfAttention(
      path: attn.path, packed: attn["Wqkv"], inputs: width, hasBias: config.hasAttentionBias,
      heads: config.headCount, sight: sight, rotary: rotary)
    output = try Linear(attn["Wo"], inputs: width, outputs: width, hasBias: config.hasAttentionBias)
    feedForwardNorm = try norm("mlp_norm")
    feedForward = try GatedFeedForward(
      path: mlp.path, both: mlp["Wi"], inputs: width, hidden: config.intermediateSize,
      gateIsFirst: true, hasBias: config.hasFeedForwardBias,
      down: try Linear(
        mlp["Wo"], inputs: config.intermediateSize, outputs: width,
        hasBias: config.hasFeedForwardBias),
      activation: config.activation, activatedName: "act")
  }

  var attentionEnd: BranchEnd { BranchEnd(output) }
  var feedForwardEnd: BranchEnd { BranchEnd(feedForward.down) }
  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    let normal = attentionNorm.map { trace.pass($0.path, $0(x)) } ?? x
    return selfAttention(normal, in: sequences, keeping: rows, trace: trace)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let attended = output(context, adding: x, trace: trace, as: [output.path, attentionPath])
    let normal = trace.pass(feedForwardNorm.path, feedForwardNorm(attended))
    return trace.pass(path, feedForward(normal, adding: attended, trace: trace))
  }
}

/// ModernBERT without its heads: ids become the vectors behind the last norm.
struct ModernBERT: StudiedTower, PageTower {
  private let embeddingsPath: String
  private let words: EmbeddingTable
  private let embeddingNorm: LayerNorm
  private let layers: [ModernBERTLayer]
  private let norm: LayerNorm
  let width: Int

  init(_ weights: Weights, _ config: ModernBERTConfig) throws {
    func norm(_ weights: Weights) throws -> LayerNorm {
      try LayerNorm(
        weights, width: config.hiddenSize, epsilon: config.normEpsilon,
        hasBias: config.hasNormBias)
    }
    let embeddings = weights["embeddings"]
    width = config.hiddenSize
    embeddingsPath = embeddings.path
    words = try EmbeddingTable(
      embeddings["tok_embeddings"], count: config.vocabularySize, width: config.hiddenSize)
    embeddingNorm = try norm(embeddings["norm"])
    let (global, local) = (
      RotaryEmbedding(RotaryFrequencies(base: config.globalBase, headWidth: config.headWidth)),
      RotaryEmbedding(RotaryFrequencies(base: config.localBase, headWidth: config.headWidth))
    )
    layers = try config.isGlobal.enumerated().map { index, isGlobal in
      try ModernBERTLayer(
        weights["layers"][index], config, isFirst: index == 0,
        sight: isGlobal ? .all : .window(config.reach), rotary: isGlobal ? global : local)
    }
    self.norm = try norm(weights["final_norm"])
  }

  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor {
    embed(inputs, replacing: [], by: nil, trace: trace)
  }

  func embed(
    _ inputs: [ModelInput], replacing places: [Int], by pictures: Tensor?, trace: Trace?
  ) -> Tensor {
    let words = trace.pass(words.path, words(inputs.flatMap(\.ids)))
    let x = pictures.map { words.replacingRows(at: places, by: $0) } ?? words
    return trace.pass(embeddingsPath, trace.pass(embeddingNorm.path, embeddingNorm(x)))
  }

  func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace) {
      trace.pass(norm.path, norm($0))
    }
  }

  func dissect(
    _ x: Tensor, pooling rows: [Int], along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try layers.dissect(x, rows: rows, sources: sources) { last in
      let length = max(norm(last).meanOfRows().norm, 1e-12) * Double(rows.count)
      let carried = direction.map { $0 / length }
      let directions = rows.indices.map { row in
        norm.pullingBack(carried, through: last.row(row).elements.map(Double.init))
      }
      return (directions, norm.biasShare(along: carried) * Double(rows.count))
    }
  }
}
