import TesseraFiles

/// Which tensors of a checkpoint are quantized to bytes: the weights of the linear layers inside
/// encoders and towers, by the names that their models give them.
///
/// These are the matrices that models read in the arithmetic of their `Weights`. Embeddings, norms,
/// biases, the patch embedding, projections and heads stay as they are: they are small, or rows
/// of them are looked up, and they decide much.
package enum QuantizedNames {
  /// Whether a tensor is the weights of such a layer.
  package static func contains(_ name: String) -> Bool {
    patterns.contains { $0.matches(name) }
  }

  /// The tensor that holds the scales of a quantized one.
  package static func scale(of name: String) -> String { name + "_scale" }

  private static let patterns = (bert + eva02 + clip).map { NamePattern("*\($0).weight") }

  /// BERT and XLM-RoBERTa, by themselves and in Visualized-BGE.
  private static let bert = [
    "attention.self.query", "attention.self.key", "attention.self.value",
    "attention.output.dense", "intermediate.dense", "output.dense",
  ].map { "encoder.layer.*.\($0)" }

  private static let eva02 = [
    "attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.proj", "mlp.w1", "mlp.w2", "mlp.w3",
  ].map { "visual.blocks.*.\($0)" }

  private static let clip = [
    "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj",
    "mlp.fc1", "mlp.fc2",
  ].map { "_model.encoder.layers.*.\($0)" }
}
