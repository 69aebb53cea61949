import TesseraJSON
import TesseraTensors

extension BERTConfig {
  /// BERT beside a tower for pictures: transformers leaves out of the inner config whatever equals its
  /// defaults (ChineseCLIPTextConfig, AlignTextConfig).
  init(beside keys: NestedKeys) throws {
    self.init(
      vocabularySize: try keys.size("vocab_size", default: 30522),
      hiddenSize: try keys.size("hidden_size", default: 768),
      layerCount: try keys.int("num_hidden_layers", in: 1...4096, default: 12),
      headCount: try keys.size("num_attention_heads", default: 12),
      intermediateSize: try keys.size("intermediate_size", default: 3072),
      activation: try keys.activation(default: .gelu),
      layerNormEpsilon: try keys.epsilon(default: 1e-12),
      positions: PositionTable(
        count: try keys.size("max_position_embeddings", default: 512), start: .zero),
      tokenTypeCount: try keys.size("type_vocab_size", default: 2))
    try keys.requireDivisible(hiddenSize, byHeads: headCount)
    try keys.requireIfPresent("position_embedding_type", is: "absolute")
  }
}
