/// How the tensors of a linear layer are named whose weights are bytes, or have four bits.
package enum QuantizedNames {
  /// The tensor that holds the scales of a quantized one.
  package static func scale(of name: String) -> String { name + "_scale" }
}
