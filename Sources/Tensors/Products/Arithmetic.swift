/// The arithmetic of a model's linear layers. Embeddings, norms, softmax and residuals are float32
/// in all of them.
package enum Arithmetic: String, Sendable, CaseIterable {
  /// 16-bit weights are widened without loss: the reference's results.
  case float32
  /// Weights, activations and attention are rounded to bfloat16; sums are float32.
  case bfloat16
  /// Weights are bytes with a scale for each output and group of inputs, activations bytes with a
  /// scale and an offset for each token and group; sums are int32. Attention is as in `bfloat16`
  /// where the processor has it, save that long sequences score bytes.
  case int8
}
