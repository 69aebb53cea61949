import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Token and position embeddings, pre-norm layers, final norm; one token's vector, projected, is the
/// text's features.
struct CLIPTextTower: FeatureTower {
  private let config: CLIPTextConfig
  private let path: String
  private let tokens: EmbeddingTable
  private let positions: EmbeddingTable
  private let layers: CLIPLayers
  private let norm: LayerNorm
  private let projection: Linear

  init(_ weights: Weights, _ config: CLIPTextConfig, projection: Linear) throws {
    let width = config.tower.hiddenSize
    let embeddings = weights["embeddings"]
    self.config = config
    path = embeddings.path
    tokens = try EmbeddingTable(
      embeddings["token_embedding"], count: config.vocabularySize, width: width)
    positions = try EmbeddingTable(
      embeddings["position_embedding"], count: config.maxPositionEmbeddings, width: width)
    layers = try CLIPLayers(weights["encoder"], config.tower, isCausal: config.isCausal)
    norm = try LayerNorm(
      weights["final_layer_norm"], width: width, epsilon: config.tower.layerNormEpsilon)
    self.projection = projection
  }

  /// A tower whose parts lie elsewhere in the checkpoint.
  ///
  /// - Parameter path: of the stage that enters the first layer.
  init(
    _ config: CLIPTextConfig, path: String, tokens: EmbeddingTable, positions: EmbeddingTable,
    layers: CLIPLayers, norm: LayerNorm, projection: Linear
  ) {
    self.config = config
    self.path = path
    self.tokens = tokens
    self.positions = positions
    self.layers = layers
    self.norm = norm
    self.projection = projection
  }

  var dimension: Int { projection.outputs }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let texts = inputs.map(\.ids)
    let sequences = PackedSequences(lengths: texts.map(\.count))
    let x = embed(texts, trace: trace)  // [T, C]
    let rows = zip(texts, sequences.starts).map { $1 + config.pooledToken(in: $0) }
    let pooled = try layers(x, in: sequences, keeping: rows, trace: trace) {
      trace.pass(norm.path, norm($0))
    }
    return trace.pass(projection.path, projection(pooled))  // [texts, D]
  }

  /// The texts as they enter the first layer: [T, C].
  private func embed(_ texts: [[Int]], trace: Trace?) -> Tensor {
    let embedded = tokens(texts.joined().map { $0 }) + positions(texts.flatMap(\.indices))
    return trace.pass(path, embedded)
  }
}

extension CLIPTextTower: PreNormTower {
  var stack: [CLIPLayer] { layers.layers }
  var maps: [RowMap] { [.norm(norm), .linear(projection)] }
  func entering(_ input: ModelInput) -> Tensor { embed([input.ids], trace: nil) }
  func pooledRow(of input: ModelInput) -> Int { config.pooledToken(in: input.ids) }
}
