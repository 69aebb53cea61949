import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Embeddings and post-norm layers: the ids of texts become the last layer's vectors.
struct PostNormTower<Layer: PostNormLayer>: StudiedTower {
  private let config: BERTConfig
  private let embeddings: BERTEmbeddings
  private let layers: [Layer]

  /// - Parameter layers: reads those below this scope.
  init(_ weights: Weights, _ config: BERTConfig, layers: () throws -> [Layer]) throws {
    self.config = config
    embeddings = try BERTEmbeddings(weights["embeddings"], config)
    self.layers = try layers()
  }

  var width: Int { config.hiddenSize }

  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor {
    embeddings(
      ids: inputs.flatMap(\.ids), types: inputs.typeIDs,
      positions: inputs.flatMap { config.positions(of: $0.ids) }, trace: trace)
  }

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

/// BERT's tower, and that of those who share it.
typealias TextEncoder = PostNormTower<BERTLayer>

extension TextEncoder {
  init(_ weights: Weights, _ config: BERTConfig) throws {
    try self.init(weights, config) { try BERTEncoder(weights["encoder"], config).layers }
  }
}
