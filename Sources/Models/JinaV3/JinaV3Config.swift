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

  /// - Throws: `FieldError`, why the checkpoint cannot be opened.
  init(_ folder: ModelFiles) throws {
    let config = folder.config
    let isOriginal = try config.string("model_type") == "xlm-roberta"
    sizes = BERTConfig(
      vocabularySize: try config.size("vocab_size"), hiddenSize: try config.size("hidden_size"),
      layerCount: try config.layerCount(), headCount: try config.size("num_attention_heads"),
      intermediateSize: try config.size("intermediate_size"), activation: try config.activation(),
      layerNormEpsilon: try config.epsilon(),
      positions: PositionTable(count: try config.size("max_position_embeddings"), start: .zero),
      tokenTypeCount: try config.size("type_vocab_size"))
    try config.requireDivisible(
      "hidden_size", sizes.hiddenSize, by: "num_attention_heads", sizes.headCount)
    let headWidth = sizes.hiddenSize / sizes.headCount
    try config.requirePairs(of: headWidth, "num_attention_heads")
    if isOriginal { _ = try config.required("rotary_emb_base") }
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

extension JinaV3Config.Adapters {
  fileprivate init(_ config: Config) throws {
    tasks = try config.required("lora_adaptations").elements().map { try $0.string() }
    guard !tasks.isEmpty, Set(tasks).count == tasks.count else {
      throw try config.required("lora_adaptations").wrongType("tasks, each by a name of its own")
    }
    let instructions = try config.object("task_instructions")
    words = Dictionary(uniqueKeysWithValues: try tasks.map { ($0, try instructions.string($0)) })
    rank = try config.int("lora_rank", in: 1...1 << 16)
    scale = Float(try config.required("lora_alpha").number()) / Float(rank)
  }
}
