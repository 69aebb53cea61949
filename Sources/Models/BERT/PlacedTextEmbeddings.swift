import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// BERT's embeddings of whole texts, whose tokens are counted as the config says; some models bring
/// them to the width of their layers.
struct PlacedTextEmbeddings: TextEmbeddings {
  private let embeddings: BERTEmbeddings
  private let positions: PositionTable
  private let projection: Linear?

  /// - Parameters:
  ///   - width: of the tables, if it is not that of the layers.
  ///   - projection: from there to the layers' width.
  init(
    _ weights: Weights, _ config: BERTConfig, width: Int? = nil, projection: Weights? = nil
  ) throws {
    let width = width ?? config.hiddenSize
    embeddings = try BERTEmbeddings(weights["embeddings"], config.with(hiddenSize: width))
    positions = config.positions
    self.projection = try projection.map {
      try Linear($0, inputs: width, outputs: config.hiddenSize, precision: .float32)
    }
  }

  func callAsFunction(_ inputs: [ModelInput], trace: Trace?) -> Tensor {
    let x = embeddings(
      ids: inputs.flatMap(\.ids), types: inputs.typeIDs,
      positions: inputs.flatMap { positions(of: $0.ids) }, trace: trace)
    return projection.map { trace.pass($0.path, $0(x)) } ?? x
  }
}
