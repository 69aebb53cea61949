import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Zhou et al., "VISTA: Visualized Text Embedding For Universal Multi-Modal Retrieval".
///
/// The tokens of a picture, projected, stand between the class token and the words, and one text
/// encoder reads them all:
///
///     [CLS] | P image tokens | words [SEP]
///       0   |     1 … P      | P+1 …          positions, on both backbones
///
/// A text alone is read as by the text encoder by itself. The vector is the class token's,
/// normalised.
package struct VisualizedBGE: EmbeddingModel {
  let config: VisualizedBGEConfig
  let tower: EVA02
  let projection: Linear
  private let embeddings: BERTEmbeddings
  let encoder: [PostNormLayer]

  package init(_ weights: Weights, _ config: VisualizedBGEConfig) throws {
    self.config = config
    tower = try EVA02(weights["model_visual"]["visual"], config.vision)
    projection = try Linear(
      weights["visual_proj"], inputs: config.vision.hiddenSize, outputs: config.text.hiddenSize,
      precision: .float32)
    embeddings = try BERTEmbeddings(weights["bge_embeddings"], config.text)
    let layers = weights["bge_encoder"]["layer"]
    encoder = try (0..<config.text.layerCount).map {
      try PostNormLayer(layers[$0], config.text, .bert)
    }
  }

  package var dimension: Int { config.text.hiddenSize }
  var imageTokenCount: Int { config.vision.patchCount }

  package func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    let (x, sequences) = try embed(inputs, trace: trace)
    // [B, C]
    let classTokens = try encoder.run(x, in: sequences, keeping: sequences.starts, trace: trace)
    return (0..<classTokens.rowCount).map {
      ModelOutput(vector: classTokens.row($0).normalized())
    }
  }

  /// The sequences of a batch as they enter the text encoder: [T, C].
  func embed(
    _ inputs: [ModelInput], trace: Trace?
  ) throws -> (x: Tensor, sequences: PackedSequences) {
    var tokens = try imageTokens(inputs.compactMap(\.pixels), trace: trace).makeIterator()
    let fused = inputs.map { input -> Tensor in
      let patches: Tensor? =
        switch input.picture {
        case .pixels: tokens.next()
        case .tokens(let patches): patches
        case .page, nil: nil
        }
      guard let patches else {
        return embeddings(ids: input.ids, positions: config.textPositions(of: input), trace: trace)
      }
      return fuse(patches, with: input, trace: trace)
    }
    return (
      trace.pass("fusion", .concatenating(fused)), PackedSequences(lengths: fused.map(\.rowCount))
    )
  }

  package func read(_ pictures: [Tensor], trace: Trace?) throws -> [ModelInput.Picture] {
    try imageTokens(pictures, trace: trace).map(ModelInput.Picture.tokens)
  }

  private func imageTokens(_ pictures: [Tensor], trace: Trace?) throws -> [Tensor] {
    guard !pictures.isEmpty else { return [] }
    let tokens = try tower(pictures, trace: trace)  // [B·(1 + P), C of the tower]
    // The tower's own class token is dropped.
    return pictures.indices.map { picture in
      let start = picture * (1 + imageTokenCount) + 1
      return tokens.rows(start..<start + imageTokenCount)
    }
  }

  /// [P, C of the tower] and T ids → [1 + P + T − 1, C].
  private func fuse(_ patches: Tensor, with input: ModelInput, trace: Trace?) -> Tensor {
    let projected = trace.pass(projection.path, projection(patches))  // [P, C]
    let image = embeddings(vectors: projected, positions: 1..<1 + imageTokenCount)
    let text = embeddings(ids: input.ids, positions: config.textPositions(of: input), trace: trace)
    return .concatenating([text.rows(0..<1), image, text.rows(1..<input.ids.count)])
  }
}

/// What each part of the fused sequence does.
extension VisualizedBGE: StudiedModel {
  package func pooledRows(of input: ModelInput) -> [Int] { [0] }

  package func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    let x = try embed([input], trace: nil).x
    return try variants(
      of: x, leavingOut: groups, keeping: 0, batchRows: batchRows, progress: progress
    ) {
      try encoder.run($0, in: $1, keeping: $2, trace: nil)
    }.map { $0.row(0).normalized() }
  }

  package func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try encoder.dissect(
      embed([input], trace: nil).x, pooling: [0], along: direction, sources: sources)
  }
}
