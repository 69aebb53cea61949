import TesseraCheckpoints
import TesseraModels
import TesseraTokenizers

/// The model of a folder, built of its weights, every one of which has found its place.
struct LoadedModel: Sendable {
  let model: any EmbeddingModel
  /// What the checkpoint holds, in its order.
  let tensors: [TensorInfo]
  /// Names of tensors that serve other purposes than the vectors.
  let unreadNames: Set<String>
  /// What a user should know of how the weights were read.
  let notes: [String]
  let precision: Precision

  /// - Parameter precision: nil for that of the folder.
  /// - Throws: `EmbedderError.precisionNotSupported`, or an error that names the file.
  init(_ description: ModelDescription, precision: Precision?) throws {
    let checkpoint = try description.checkpoint.get()
    let precision = precision ?? (checkpoint.isQuantized ? .int8 : .float32)
    let weights = Weights(
      checkpoint, precision: try precision.checked(isQuantized: checkpoint.isQuantized))
    let ignored: [String]
    switch description.kind {
    case .sentenceEncoder(let config, let head):
      model = try SentenceEncoder(
        weights.descending(intoFirstOf: ["bert", "roberta"]), config,
        pooling: head.pooling, isNormalizing: head.isNormalizing)
      ignored = Self.ofPretraining
    case .bgeM3(let config):
      model = try BGEM3(
        weights, config, unweightedIDs: try description.tokenizer().unweightedIDs)
      ignored = Self.ofPretraining
    case .visualizedBGE(let config):
      model = try VisualizedBGE(weights, config)
      // The tower's own contrastive head, and the rope buffers that each block repeats.
      ignored = [
        "bge_pooler.*", "bge_embeddings.position_ids", "model_visual.logit_scale",
        "model_visual.visual.norm.*", "model_visual.visual.head.*",
        "model_visual.visual.rope.*",
      ]
    case .clip(let config):
      model = try CLIP(weights, config)
      ignored = ["*.embeddings.position_ids"]
    }
    try weights.requireAllRead(ignoring: ignored)
    self.precision = precision
    tensors = checkpoint.tensors
    notes =
      weights.removedPrefix.map { ["the weights' names are read without their prefix \($0)"] } ?? []
    unreadNames = Set(weights.unreadNames())
  }

  /// The pooler and the heads of pre-training serve no sentence vector.
  private static let ofPretraining = [
    "pooler.*", "bert.pooler.*", "roberta.pooler.*", "cls.*", "lm_head.*",
    "*embeddings.position_ids",
  ]
}

extension Checkpoint {
  /// Whether a linear layer's weights are bytes.
  fileprivate var isQuantized: Bool {
    names.contains { $0.hasSuffix(".weight") && info($0)?.dtype == .i8 }
  }
}

extension Weights {
  /// The scope under the first of these components that has a text encoder, or this one.
  fileprivate func descending(intoFirstOf components: [String]) -> Weights {
    components.map { self[$0] }
      .first { $0["embeddings"]["word_embeddings"].contains("weight") } ?? self
  }
}

extension Tokenizer {
  /// The tokens that BGE-M3 gives no lexical weight: XLM-RoBERTa's own names stand in where no file
  /// says which token plays which part.
  fileprivate var unweightedIDs: Set<Int> {
    let roles = [
      (specialTokens.clsID, "<s>"), (specialTokens.eosID, "</s>"), (specialTokens.padID, "<pad>"),
      (specialTokens.unknownID, "<unk>"),
    ]
    return Set(roles.compactMap { role, name in role ?? id(name) })
  }
}
