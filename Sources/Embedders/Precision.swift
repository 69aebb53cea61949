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
  /// For models that chat: the decoder's weights have four bits and a scale for each output and 32
  /// inputs. All else is `int8`.
  case int4

  /// - Parameters:
  ///   - stored: what a checkpoint's weights were quantized to; nil for floating-point numbers.
  ///   - chats: whether the model is one that answers in conversations.
  /// - Throws: `EmbedderError.precisionNotSupported` with the reason.
  func checked(stored: Precision?, chats: Bool) throws(EmbedderError) -> Arithmetic {
    if self == .int4, !chats {
      throw .precisionNotSupported(
        self,
        reason: stored == .int4
          ? "the folder was quantized for conversations (tessera chat); other work takes the whole one"
          : "it is for decoders of models that chat")
    }
    if let stored, stored != self {
      throw .precisionNotSupported(
        self,
        reason: "the model's weights were quantized to \(stored.rawValue) when it was converted")
    }
    return arithmetic
  }

  package var arithmetic: Arithmetic {
    switch self {
    case .float32: .float32
    case .bfloat16: .ofBFloat16
    case .int8: .int8
    case .int4: .int4
    }
  }
}
