import TesseraCheckpoints

/// BERT as a sentence encoder: all-MiniLM, bge-*-en and many others.
struct BERTFamily: SentenceEncoderFamily {
  static let modelTypes = ["bert"]
  static let prefix = "bert"
  static let stages = StageNames(attention: "*encoder.layer.#.attention.probs")
  static let unusedTensors = headTensors(under: prefix)
  static let quantizedLayers = [
    "attention.self.query", "attention.self.key", "attention.self.value",
    "attention.output.dense", "intermediate.dense", "output.dense",
  ].map { "encoder.layer.*.\($0)" }

  let config: BERTConfig
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    config = try BERTConfig(folder.config, countingFrom: .zero)
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> TextEncoder { try TextEncoder(weights, config) }

  /// The pooler and the heads of pre-training serve no sentence vector.
  static func headTensors(under prefix: String) -> [String] {
    ["pooler.*", "\(prefix).pooler.*", "cls.*", "lm_head.*", "*embeddings.position_ids"]
  }
}
