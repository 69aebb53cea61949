import Foundation
import TesseraCheckpoints
import TesseraTokenizers

/// jina-embeddings-v3: XLM-RoBERTa's layers with turning heads, and weights for each of five tasks.
///
/// Sturua et al., "jina-embeddings-v3: Multilingual Embeddings With Task LoRA". Read in the layout of
/// its own code, with all tasks' weights, and as transformers saves it, without.
struct JinaV3Family: SentenceEncoderFamily {
  static let modelTypes = ["jina_embeddings_v3", "xlm-roberta"]
  static let prefix = "roberta"
  static let stages = StageNames(attention: "*encoder.layers.#.mixer.probs")
  static let unusedTensors = ["*pooler.*", "lm_head.*", "*rotary_emb.inv_freq"]
  static let quantizedLayers = ["mixer.Wqkv", "mixer.out_proj", "mlp.fc1", "mlp.fc2"]
    .map { "encoder.layers.*.\($0)" }
  /// The model's own module of sentence-transformers, which takes a task and is a Transformer else.
  private static let reader = "custom_st.Transformer"

  private let config: JinaV3Config
  let head: SentenceHead
  let notes: [String]

  /// It says that it is an XLM-RoBERTa, and differs by its positions.
  static func accepts(_ folder: ModelFiles) throws -> Bool {
    try folder.config.string("model_type") == "jina_embeddings_v3"
      || folder.config.optional("position_embedding_type")?.value.string == "rotary"
  }

  init(_ folder: ModelFiles) throws {
    config = try JinaV3Config(folder)
    head = try folder.head(reader: Self.reader)
    if config.adapters != nil, head.interaction != nil || head.splade != nil {
      throw folder.config.field.place.key("lora_adaptations").unsupported(
        "weights for tasks in a model of this kind")
    }
    notes = head.notes + folder.adapterNotes()
  }

  var format: any InputFormat { config.sizes }
  var tasks: [String: String] { config.adapters?.words ?? [:] }

  func tower(_ weights: Weights) throws -> PostNormTower {
    try JinaV3Weights(weights, config).tower(task: nil)
  }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    guard let adapters = config.adapters else {
      return try encoder(weights, tokenizer: tokenizer)
    }
    let shared = try JinaV3Weights(weights.below(Self.prefix), config)
    let encoders = try adapters.tasks.enumerated().map { number, task in
      (task, try SentenceEncoder(shared.tower(task: number), head))
    }
    return TaskEncoder(
      try SentenceEncoder(shared.tower(task: nil), head),
      adapted: Dictionary(uniqueKeysWithValues: encoders))
  }
}

extension ModelFiles {
  /// PEFT's folders beside the model, which transformers reads when it is told to.
  fileprivate func adapterNotes() -> [String] {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: transformerFolder.path)) ?? []
    let adapters = names.filter { name in
      FileManager.default.fileExists(
        atPath: transformerFolder.appending(path: "\(name)/adapter_config.json").path)
    }
    guard !adapters.isEmpty else { return [] }
    return [
      "the adapters in \(adapters.sorted().joined(separator: ", ")) are not read: vectors are those"
        + " without a task"
    ]
  }
}
