import TesseraTensors

/// The arithmetic of a model's linear layers and attention. Embeddings, norms, softmax and residuals
/// are float32 in all of them.
public enum Precision: String, Sendable, CaseIterable {
  /// The reference's results; 16-bit weights are widened without loss.
  case float32
  /// Products of bfloat16 numbers, summed in float32; on processors that are not faster at them, weights in
  /// bfloat16, 16 bits wide, and products in float32.
  case bfloat16
  /// Products of bytes, summed in int32: weights with a scale for each output, activations with a
  /// scale and an offset for each token.
  case int8

  /// - Throws: `EmbedderError.precisionNotSupported` with the reason.
  func checked(isQuantized: Bool) throws(EmbedderError) -> Arithmetic {
    if isQuantized, self != .int8 {
      throw .precisionNotSupported(
        self, reason: "the model's weights were quantized to int8 when it was converted")
    }
    return arithmetic
  }

  package var arithmetic: Arithmetic {
    switch self {
    case .float32: .float32
    case .bfloat16: .ofBFloat16
    case .int8: .int8
    }
  }
}
