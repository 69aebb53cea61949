import Kernels
import Tensors

/// The arithmetic of a model's linear layers and attention. Embeddings, norms, softmax and residuals
/// are float32 in all of them.
public enum Precision: String, Sendable, CaseIterable {
  /// The reference's results; 16-bit weights are widened without loss.
  case float32
  /// Products of bfloat16 numbers, summed in float32. Needs a processor with such an instruction.
  case bfloat16
  /// Products of bytes, summed in int32: weights with a scale for each output, activations with a
  /// scale and an offset for each token.
  case int8

  /// - Throws: `EmbedderError.precisionNotSupported` with the reason.
  func checked(isQuantized: Bool) throws(EmbedderError) -> Tensors.Precision {
    if isQuantized, self != .int8 {
      throw .precisionNotSupported(
        self, reason: "the model's weights were quantized to int8 when it was converted")
    }
    switch self {
    case .float32: return .float32
    case .int8: return .int8
    case .bfloat16:
      let set = KernelTable.active.instructionSet
      guard set.hasBF16 else {
        throw .precisionNotSupported(
          self,
          reason: "it needs a processor with AVX512_BF16; the kernels in use are"
            + " \(set.rawValue)")
      }
      return .bfloat16
    }
  }
}
