import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// The stack of layers of either tower, pre-norm.
struct CLIPLayers: Sendable {
  let layers: [CLIPLayer]

  /// The weights of linear layers in a tower whose name ends so.
  static func quantizedLayers(below tower: String) -> [String] {
    CLIPSpelling.transformers.linearLayers.map { "\(tower).encoder.layers.*.\($0)" }
  }

  /// - Parameter count: layers to run; nil for all. The others are read, so that none is missing.
  init(
    _ weights: Weights, _ config: CLIPTowerConfig, isCausal: Bool, running count: Int? = nil
  ) throws {
    let all = try (0..<config.layerCount).map {
      try CLIPLayer(weights[config.spelling.layers][$0], config, isCausal: isCausal)
    }
    layers = count.map { Array(all.prefix($0)) } ?? all
  }

  /// - Parameters:
  ///   - rows: one token of each sequence, if no other is wanted: → [B, C].
  ///   - after: what else becomes of each token by itself.
  func callAsFunction(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?,
    after: (Tensor) -> Tensor = { $0 }
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace, after: after)
  }
}

/// x += attention(norm x), x += mlp(norm x).
struct CLIPLayer: PreNormLayer {
  let path: String
  private let norm1: LayerNorm
  let selfAttention: SelfAttention
  private let output: Linear
  private let norm2: LayerNorm
  private let feedForward: FeedForward

  init(_ weights: Weights, _ config: CLIPTowerConfig, isCausal: Bool) throws {
    let (width, epsilon) = (config.hiddenSize, config.layerNormEpsilon)
    let spelling = config.spelling
    let (attention, mlp) = (weights[spelling.attention], weights["mlp"])
    func projection(_ name: String) throws -> Linear {
      try Linear(attention[name], inputs: width, outputs: width)
    }
    path = weights.path
    norm1 = try LayerNorm(weights[spelling.norms.attention], width: width, epsilon: epsilon)
    let inputs: (query: Linear, key: Linear, value: Linear) =
      spelling.hasProjectionsApart
      ? (
        query: try projection("q_proj"), key: try projection("k_proj"),
        value: try projection("v_proj")
      ) : try Linear.attentionInputs(attention, width: width)
    selfAttention = SelfAttention(
      path: attention.path, query: inputs.query, key: inputs.key, value: inputs.value,
      heads: config.headCount,
      sight: isCausal ? .causal : .all, precision: weights.precision)
    output = try projection("out_proj")
    norm2 = try LayerNorm(weights[spelling.norms.feedForward], width: width, epsilon: epsilon)
    feedForward = FeedForward(
      up: try Linear(mlp[spelling.up], inputs: width, outputs: config.intermediateSize),
      down: try Linear(mlp[spelling.down], inputs: config.intermediateSize, outputs: width),
      activation: config.activation, activatedName: mlp[spelling.activation].path)
  }

  var attentionEnd: BranchEnd { BranchEnd(output) }
  var feedForwardEnd: BranchEnd { BranchEnd(feedForward.down) }
  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    selfAttention(norm1(x), in: sequences, keeping: rows, trace: trace)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let attended = output(context, adding: x, trace: trace, as: [selfAttention.path])
    return trace.pass(path, feedForward(norm2(attended), adding: attended, trace: trace))
  }
}
