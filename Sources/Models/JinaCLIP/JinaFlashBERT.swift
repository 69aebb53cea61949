import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Jina's BERT in the layout of flash-attn's: the layers of `JinaBERT`, queries, keys and values in one
/// matrix.
enum JinaFlashBERT {
  /// Of layers, as `ModelFamily.quantizedLayers` lists them.
  static let linearLayers = ["mixer.Wqkv", "mixer.out_proj", "mlp.gated_layers", "mlp.wo"]

  static func tower(
    _ weights: Weights, _ config: BERTConfig
  ) throws -> PostNormTower {
    let bias = DistanceSlopes(heads: config.headCount).bias(reach: config.positions.count)
    return PostNormTower(
      try TypedWordEmbeddings(weights["embeddings"], norm: weights["emb_ln"], config),
      try (0..<config.layerCount).map {
        try PostNormLayer(weights["encoder"]["layers"][$0], config, bias)
      }, width: config.hiddenSize)
  }
}

extension PostNormLayer {
  /// Jina's, by flash-attn's names.
  fileprivate init(_ weights: Weights, _ config: BERTConfig, _ bias: DistanceBias) throws {
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    let (mixer, mlp) = (weights["mixer"], weights["mlp"])
    func norm(_ name: String) throws -> LayerNorm {
      try LayerNorm(weights[name], width: width, epsilon: config.layerNormEpsilon)
    }
    self.init(
      path: weights.path,
      selfAttention: try SelfAttention(
        path: mixer.path, packed: mixer["Wqkv"], inputs: width, hasBias: true,
        heads: config.headCount, bias: bias),
      output: try Linear(mixer["out_proj"], inputs: width, outputs: width),
      attentionNorm: try norm("norm1"),
      feedForward: try GatedFeedForward(
        path: mlp.path, both: mlp["gated_layers"], inputs: width, hidden: hidden,
        gateIsFirst: true, hasBias: false,
        down: try Linear(mlp["wo"], inputs: hidden, outputs: width),
        activation: config.activation),
      norm: try norm("norm2"),
      stages: Stages(projected: ["mixer"], attended: ["norm1"], end: ["norm2"])
        .below(weights))
  }
}
