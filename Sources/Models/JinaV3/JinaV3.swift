import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// The weights of jina-embeddings-v3, of which a tower is made for each task.
///
/// Sturua et al., "jina-embeddings-v3"; transformers' `JinaEmbeddingsV3Model`, whose checkpoints have
/// flash-attn's names.
struct JinaV3Weights {
  private let config: JinaV3Config
  private let rotary: RotaryEmbedding
  private let words: AdaptedTable
  private let tokenTypes: AdaptedTable
  private let norm: LayerNorm
  private let layers: [Layer]

  private struct Layer {
    let path: Weights
    /// Queries, keys and values; all have the path of the whole.
    let projections: AdaptedLinear
    let output: AdaptedLinear
    let attentionNorm: LayerNorm
    let up: AdaptedLinear
    let down: AdaptedLinear
    let norm: LayerNorm
  }

  init(_ weights: Weights, _ config: JinaV3Config) throws {
    let (sizes, adapters) = (config.sizes, config.adapters)
    let (width, hidden) = (sizes.hiddenSize, sizes.intermediateSize)
    func norm(_ weights: Weights) throws -> LayerNorm {
      try LayerNorm(weights, width: width, epsilon: sizes.layerNormEpsilon)
    }
    func linear(_ weights: Weights, _ inputs: Int, _ outputs: [Int]) throws -> AdaptedLinear {
      try AdaptedLinear(weights, inputs: inputs, outputs: outputs, adapters)
    }
    self.config = config
    rotary = RotaryEmbedding(config.frequencies)
    let embeddings = weights["embeddings"]
    words = try AdaptedTable(
      embeddings["word_embeddings"], count: sizes.vocabularySize, width: width, adapters)
    tokenTypes = try AdaptedTable(
      embeddings["token_type_embeddings"], count: sizes.tokenTypeCount, width: width, adapters)
    self.norm = try norm(weights["emb_ln"])
    layers = try (0..<sizes.layerCount).map {
      let layer = weights["encoder"]["layers"][$0]
      return Layer(
        path: layer,
        projections: try linear(layer["mixer"]["Wqkv"], width, [width, width, width]),
        output: try linear(layer["mixer"]["out_proj"], width, [width]),
        attentionNorm: try norm(layer["norm1"]),
        up: try linear(layer["mlp"]["fc1"], width, [hidden]),
        down: try linear(layer["mlp"]["fc2"], hidden, [width]),
        norm: try norm(layer["norm2"]))
    }
  }

  /// - Parameter task: by its number among the adapters; nil for none.
  func tower(task: Int?) -> PostNormTower {
    PostNormTower(
      TypedWordEmbeddings(
        words: words.table(task: task), tokenTypes: tokenTypes.table(task: task), norm: norm,
        names: [norm.path]),
      layers.map { layer($0, task: task) }, width: config.sizes.hiddenSize)
  }

  private func layer(_ layer: Layer, task: Int?) -> PostNormLayer {
    let mixer = layer.path["mixer"]
    return PostNormLayer(
      path: layer.path.path,
      selfAttention: SelfAttention(
        path: mixer.path, packed: layer.projections.parts(task: task),
        heads: config.sizes.headCount, rotary: rotary, precision: layer.path.precision),
      output: layer.output.whole(task: task), attentionNorm: layer.attentionNorm,
      feedForward: FeedForward(
        up: layer.up.whole(task: task), down: layer.down.whole(task: task),
        activation: config.sizes.activation,
        activatedName: layer.path["mlp"]["activation_fn"].path),
      norm: layer.norm,
      stages: .init(projected: ["mixer"], attended: ["norm1"], fed: ["mlp"], end: ["norm2"])
        .below(layer.path))
  }
}
