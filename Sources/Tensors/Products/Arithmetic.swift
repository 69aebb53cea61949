import CTesseraIntrinsics
import TesseraKernels

/// The arithmetic of a model's linear layers. Embeddings, norms, softmax and residuals are float32
/// in all of them.
package enum Arithmetic: String, Sendable, CaseIterable {
  /// 16-bit weights are widened without loss: the reference's results.
  case float32
  /// Weights, activations and attention are rounded to bfloat16; sums are float32.
  case bfloat16
  /// Weights are rounded to bfloat16 and stay 16 bits wide; all else is float32.
  case bfloat16Weights
  /// Weights are bytes with a scale for each output and group of inputs, activations bytes with a
  /// scale and an offset for each token and group; sums are int32. Attention is as in `bfloat16`
  /// where the processor has it, save that long sequences score bytes.
  case int8
  /// Weights have four bits and a scale for each output and 32 inputs, activations are those of `int8`;
  /// sums are int32 over 32 inputs, float32 beyond. Attention is in float32.
  case int4
}

extension Arithmetic {
  /// Whether products of bfloat16 numbers are faster than float32's here.
  ///
  /// That is known of the processor, not measured: what is measured could differ from start to start, and
  /// the vectors with it.
  package static var hasFastBF16: Bool {
    KernelTable.active.instructionSet.hasBF16 && !cpu_is_intel()
  }

  /// What rounding to bfloat16 is on this processor: of everything where that makes products faster, of the
  /// weights alone where it does not; the results are then nearer to float32's.
  package static var ofBFloat16: Arithmetic { hasFastBF16 ? .bfloat16 : .bfloat16Weights }
}
