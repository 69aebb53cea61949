import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Texts as they enter the first layer.
protocol TextEmbeddings: Sendable {
  /// The tokens of a batch → [T, C].
  func callAsFunction(_ inputs: [ModelInput], trace: Trace?) -> Tensor
}

/// Embeddings and post-norm layers: the ids of texts become the last layer's vectors.
struct PostNormTower: StudiedTower {
  private let embeddings: any TextEmbeddings
  private let layers: [PostNormLayer]
  let width: Int

  /// - Parameter width: of the layers' vectors, C.
  init(_ embeddings: any TextEmbeddings, _ layers: [PostNormLayer], width: Int) {
    self.embeddings = embeddings
    self.layers = layers
    self.width = width
  }

  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor { embeddings(inputs, trace: trace) }

  func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace)
  }

  func dissect(
    _ x: Tensor, pooling rows: [Int], along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try layers.dissect(x, pooling: rows, along: direction, sources: sources)
  }
}

extension PostNormTower {
  /// Behind BERT's embeddings.
  ///
  /// - Parameter layer: reads the layer of a number.
  init(
    _ weights: Weights, _ config: BERTConfig, layer: (Int) throws -> PostNormLayer
  ) throws {
    self.init(
      try PlacedTextEmbeddings(weights, config), try (0..<config.layerCount).map(layer),
      width: config.hiddenSize)
  }

  /// BERT's, and that of those who share it.
  init(_ weights: Weights, _ config: BERTConfig) throws {
    let encoder = weights["encoder"]["layer"]
    try self.init(weights, config) { try PostNormLayer(encoder[$0], config, .bert) }
  }
}
