import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// BERT's embeddings and layers: the ids of texts become the last layer's vectors.
package struct TextEncoder: StudiedTower {
  private let config: BERTConfig
  private let embeddings: BERTEmbeddings
  private let layers: BERTEncoder

  init(_ weights: Weights, _ config: BERTConfig) throws {
    self.config = config
    embeddings = try BERTEmbeddings(weights["embeddings"], config)
    layers = try BERTEncoder(weights["encoder"], config)
  }

  package var width: Int { config.hiddenSize }

  package func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor {
    embeddings(
      ids: inputs.flatMap(\.ids), positions: inputs.flatMap { config.positions(of: $0.ids) },
      trace: trace)
  }

  package func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    try layers(x, in: sequences, keeping: rows, trace: trace)
  }

  package func dissect(
    _ x: Tensor, pooling rows: [Int], along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try layers.dissect(x, pooling: rows, along: direction, sources: sources)
  }
}
