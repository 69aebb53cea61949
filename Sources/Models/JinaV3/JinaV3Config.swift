import TesseraJSON
import TesseraLayers
import TesseraTensors

/// What inference reads of jina-embeddings-v3's `config.json`: that of its own code (`xlm-roberta` with
/// turning heads), or transformers' (`jina_embeddings_v3`).
struct JinaV3Config: Sendable {
  let sizes: BERTConfig
  let frequencies: RotaryFrequencies
  /// Nil where the checkpoint holds no tasks' weights.
  let adapters: Adapters?

  /// The weights that the checkpoint holds for each task: Hu et al., "LoRA".
  struct Adapters: Sendable {
    /// In the order in which the tensors hold them.
    let tasks: [String]
    /// What stands before the texts of each.
    let words: [String: String]
    let rank: Int
    /// α over the rank.
    let scale: Float
  }

  /// What its own code's configuration must say: that code's defaults are not known here.
  private static let requiredKeys = [
    "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
    "hidden_act", "layer_norm_eps", "max_position_embeddings", "type_vocab_size", "rotary_emb_base",
  ]

  /// - Throws: `FieldError`, why the checkpoint cannot be opened.
  init(_ folder: ModelFiles) throws {
    let config = folder.config
    let isOriginal = try config.string("model_type") == "xlm-roberta"
    if isOriginal { try Self.requiredKeys.forEach { _ = try config.required($0) } }
    sizes = try BERTConfig(config, .jinaV3, positionType: "rotary")
    let headWidth = sizes.hiddenSize / sizes.headCount
    try config.requirePairs(of: headWidth, "num_attention_heads")
    frequencies = RotaryFrequencies(
      base: isOriginal
        ? try config.rotaryBase("rotary_emb_base") : try config.rotaryBase(default: 20000),
      headWidth: headWidth)
    if let cut = try config.optional("truncate_dim") {
      throw cut.place.unsupported("a cut of vectors")
    }
    let names = try folder.checkpoint.get().names
    adapters = try names.contains { $0.hasSuffix(".lora_A") } ? Adapters(config) : nil
  }
}

extension BERTConfig.Defaults {
  /// JinaEmbeddingsV3Config's.
  fileprivate static let jinaV3 = Self(
    vocabulary: 250002, hidden: 1024, layers: 24, heads: 16, intermediate: 4096, epsilon: 1e-5,
    positions: 8194, tokenTypes: 1)
}

extension JinaV3Config.Adapters {
  fileprivate init(_ config: Config) throws {
    tasks = try config.required("lora_adaptations").elements().map { try $0.string() }
    guard !tasks.isEmpty, Set(tasks).count == tasks.count else {
      throw try config.required("lora_adaptations").wrongType("tasks, each by a name of its own")
    }
    let instructions = try config.object("task_instructions")
    words = Dictionary(uniqueKeysWithValues: try tasks.map { ($0, try instructions.string($0)) })
    rank = try config.int("lora_rank", in: 1...1 << 16)
    let alpha = try config.required("lora_alpha")
    let value = try alpha.number()
    guard value > 0, value <= 65536 else { throw alpha.wrongType("more than 0, and 65536 at most") }
    scale = Float(value) / Float(rank)
  }
}
