import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// `config.json` of a converted Visualized-BGE.
package struct VisualizedBGEConfig: Decodable, Sendable {
  package let text: BERTConfig
  package let vision: EVA02Config

  private enum CodingKeys: String, CodingKey {
    case text = "text_config"
    case vision = "vision_config"
  }

  /// - Throws: `ConfigError` for towers that no model can have, or that do not fit together.
  package func validate() throws {
    try text.validate()
    try vision.validate()
    guard text.maxPositionEmbeddings > vision.patchCount + 1 else {
      throw ConfigError.disagreement(
        "a picture has \(vision.patchCount) tokens",
        "text_config's max_position_embeddings is \(text.maxPositionEmbeddings)")
    }
  }
}

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
  let encoder: BERTEncoder

  /// - Precondition: the config is valid.
  package init(_ weights: Weights, _ config: VisualizedBGEConfig) throws {
    self.config = config
    tower = try EVA02(weights["model_visual"]["visual"], config.vision)
    projection = try Linear(
      weights["visual_proj"], inputs: config.vision.hiddenSize, outputs: config.text.hiddenSize,
      precision: .float32)
    embeddings = try BERTEmbeddings(weights["bge_embeddings"], config.text)
    encoder = try BERTEncoder(weights["bge_encoder"], config.text)
  }

  package var dimension: Int { config.text.hiddenSize }
  var imageTokenCount: Int { config.vision.patchCount }

  package func operationCount(_ input: ModelInput) -> Double {
    guard input.picture != nil else {
      return config.text.operationCount(tokens: input.ids.count, keepingOne: true)
    }
    return config.vision.operationCount
      + OperationCount.linear(
        rows: imageTokenCount, inputs: config.vision.hiddenSize, outputs: config.text.hiddenSize)
      + config.text.operationCount(tokens: imageTokenCount + input.ids.count, keepingOne: true)
  }

  package func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    let (x, sequences) = try embed(inputs, trace: trace)
    // [B, C]
    let classTokens = try encoder(x, in: sequences, keeping: sequences.starts, trace: trace)
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
        case nil: nil
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

  package func imageTokens(_ pictures: [Tensor]) throws -> [Tensor]? {
    try imageTokens(pictures, trace: nil)
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
