/// Where PyTorch's `parametrize` keeps what a module's weight is made of.
enum Parametrization {
  static let original = "parametrizations.weight.original"
  /// The thin matrices of LoRA, A and B.
  static let down = "parametrizations.weight.0.lora_A"
  static let up = "parametrizations.weight.0.lora_B"
}
