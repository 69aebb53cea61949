import TesseraCheckpoints
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// XLM-RoBERTa with three heads: one vector a text, one weight a token, one vector a token.
///
/// Chen et al., "M3-Embedding".
struct BGEM3: TextModel, StudiedModel {
  let tower: PostNormTower
  private let sparseHead: Linear
  private let colbertHead: Linear
  private let unweightedIDs: Set<Int>

  /// Reads the encoder and the heads; `unweightedIDs` are the special tokens that get no lexical
  /// weight: class, end, padding, unknown.
  init(_ weights: Weights, _ config: BERTConfig, unweightedIDs: Set<Int>) throws {
    tower = try PostNormTower(weights, config)
    sparseHead = try Linear(
      weights["sparse_linear"], inputs: config.hiddenSize, outputs: 1, precision: .float32)
    let colbert = weights["colbert_linear"]
    colbertHead = try Linear(
      colbert, inputs: config.hiddenSize, outputs: try colbert.tensor("weight").shape.first ?? 0,
      precision: .float32)
    self.unweightedIDs = unweightedIDs
  }

  var outputKinds: OutputKinds { [.dense, .sparse, .colbert] }

  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    if kinds == .dense {
      let (classTokens, _) = try tower(inputs, keepingFirst: true, trace: trace)  // [B, C]
      return inputs.indices.map { ModelOutput(vector: finished(classTokens.row($0))) }
    }
    let (hidden, sequences) = try tower(inputs, trace: trace)  // [T, C]
    let weights = kinds.contains(.sparse) ? sparseHead(hidden, activation: .relu) : nil  // [T, 1]
    return zip(inputs, sequences.ranges).map { input, range in
      let tokens = hidden.rows(range)
      var output = ModelOutput()
      if kinds.contains(.dense) { output.vector = finished(tokens.row(0)) }
      if let weights {
        output.lexicalWeights = lexicalWeights(input.ids, weights.rows(range).elements)
      }
      if kinds.contains(.colbert) {
        output.tokenVectors = colbertHead(tokens.rows(1..<range.count)).normalized()
      }
      return output
    }
  }

  func finished(_ pooled: Tensor) -> Tensor { pooled.normalized() }

  /// The largest weight of each id, where it is above 0.
  private func lexicalWeights(_ ids: [Int], _ weights: [Float]) -> [Int: Float] {
    var byID: [Int: Float] = [:]
    for (id, weight) in zip(ids, weights) where !unweightedIDs.contains(id) {
      // A weight that is not a number stays, so that damage is seen.
      if !(weight <= byID[id] ?? 0) { byID[id] = weight }
    }
    return byID
  }
}

/// Its config is XLM-RoBERTa's; it is told from others by its heads. Without weights, a folder that
/// does not say how to pool is taken for it.
struct BGEM3Family: ModelFamily {
  static let modelTypes = RoBERTaFamily.modelTypes + BERTFamily.modelTypes
  static let quantizedLayers = BERTFamily.quantizedLayers
  static let unusedTensors = RoBERTaFamily.unusedTensors
  static let headFiles = ["sparse_linear", "colbert_linear"]
  static let stages = BERTFamily.stages

  private let config: BERTConfig

  static func accepts(_ folder: ModelFiles) throws -> Bool {
    switch folder.checkpoint {
    case .success(let checkpoint): checkpoint.info("sparse_linear.weight") != nil
    case .failure(CheckpointError.noWeights): folder.modules == nil
    case .failure(let error): throw error
    }
  }

  init(_ folder: ModelFiles) throws {
    let isBERT = BERTFamily.modelTypes.contains(try folder.config.string("model_type"))
    config = try BERTConfig(
      folder.config, isBERT ? .bert : RoBERTaFamily.defaults(folder.config))
  }

  var format: any InputFormat { config }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    try BGEM3(weights, config, unweightedIDs: unweightedIDs(of: tokenizer()))
  }

  /// XLM-RoBERTa's own names stand in where no file says which token plays which part.
  private func unweightedIDs(of tokenizer: Tokenizer) -> Set<Int> {
    let special = tokenizer.specialTokens
    let roles = [
      (special.clsID, "<s>"), (special.eosID, "</s>"), (special.padID, "<pad>"),
      (special.unknownID, "<unk>"),
    ]
    return Set(roles.compactMap { role, name in role ?? tokenizer.id(name) })
  }
}
