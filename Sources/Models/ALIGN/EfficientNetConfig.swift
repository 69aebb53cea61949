import TesseraJSON

/// What inference reads of an ALIGN `vision_config`; what is missing is AlignVisionConfig's default.
///
/// Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks": a small net
/// whose numbers of channels and of blocks are multiplied.
struct EfficientNetConfig: Sendable {
  /// Channels behind the first convolution.
  let stemChannels: Int
  let blocks: [Block]
  let epsilon: Float

  /// One block, from its input to its output.
  struct Block: Sendable {
    let inputs: Int
    let outputs: Int
    /// How many times the inputs stand between.
    let expansion: Int
    /// Channels between the two halves of squeeze and excite.
    let squeezed: Int
    let kernelSide: Int
    let stride: Int
    /// Whether one zero less stands before a line than behind it, where the kernel steps by two.
    let isPaddingLopsided: Bool
    /// Whether the block adds to what it read.
    let isResidual: Bool
  }

  /// - Throws: `FieldError`.
  init(_ keys: Config) throws {
    func numbers(_ key: String, _ defaults: [Int]) throws -> [Int] {
      guard let field = try keys.defaulted(key) else { return defaults }
      return try field.elements().map { try $0.int(in: 0...1 << 20) }
    }
    func factor(_ key: String, _ value: Double) throws -> Double {
      guard let field = try keys.defaulted(key) else { return value }
      let number = try field.number()
      guard number > 0, number < 100 else { throw field.wrongType("a factor above 0") }
      return number
    }
    let inputs = try numbers("in_channels", [32, 16, 24, 40, 80, 112, 192])
    let outputs = try numbers("out_channels", [16, 24, 40, 80, 112, 192, 320])
    let sides = try numbers("kernel_sizes", [3, 3, 5, 3, 5, 5, 3])
    let strides = try numbers("strides", [1, 2, 2, 2, 1, 2, 1])
    let repeats = try numbers("num_block_repeats", [1, 2, 2, 3, 3, 4, 1])
    let expansions = try numbers("expand_ratios", [1, 6, 6, 6, 6, 6, 6])
    for (key, numbers) in [
      ("out_channels", outputs), ("kernel_sizes", sides), ("strides", strides),
      ("num_block_repeats", repeats), ("expand_ratios", expansions),
    ] where numbers.count != inputs.count {
      throw keys.field.place.key(key).inconsistent(
        "there are \(numbers.count) numbers, and \(inputs.count) in_channels")
    }
    guard !inputs.isEmpty else {
      throw keys.field.place.key("in_channels").inconsistent("there are none")
    }
    let evenlyPadded = Set(try numbers("depthwise_padding", []))
    let width = try factor("width_coefficient", 2)
    let depth = try factor("depth_coefficient", 3.1)
    let divisor = try keys.size("depth_divisor", default: 8)
    let squeeze = try factor("squeeze_expansion_ratio", 0.25)
    if let activation = try keys.defaulted("hidden_act"),
      !["swish", "silu"].contains(activation.value.string ?? "")
    {
      throw activation.wrongType("swish")
    }
    try keys.requireIfPresent("pooling_type", is: "mean")
    try keys.requireColours()
    epsilon = try keys.epsilon("batch_norm_eps", default: 0.001)
    stemChannels = Self.rounded(32, by: width, divisor)
    var blocks: [Block] = []
    for stage in inputs.indices {
      for repetition in 0..<Int((depth * Double(repeats[stage])).rounded(.up)) {
        let output = Self.rounded(outputs[stage], by: width, divisor)
        let input =
          repetition > 0 ? output : Self.rounded(inputs[stage], by: width, divisor)
        let stride = repetition > 0 ? 1 : strides[stage]
        guard (1...2).contains(stride), sides[stage] % 2 == 1, expansions[stage] > 0 else {
          throw keys.field.place.key("strides").inconsistent(
            "steps are 1 or 2, and sides of kernels odd")
        }
        blocks.append(
          Block(
            inputs: input, outputs: output, expansion: expansions[stage],
            squeezed: max(1, Int(Double(input) * squeeze)), kernelSide: sides[stage],
            stride: stride, isPaddingLopsided: !evenlyPadded.contains(blocks.count),
            isResidual: repetition > 0))
      }
    }
    self.blocks = blocks
  }

  /// Of what is pooled.
  var outputs: Int { blocks.last?.outputs ?? stemChannels }

  /// The nearest multiple, but never less than nine tenths.
  private static func rounded(_ channels: Int, by factor: Double, _ divisor: Int) -> Int {
    let wanted = Double(channels) * factor
    let nearest = max(divisor, Int(wanted + Double(divisor) / 2) / divisor * divisor)
    return Double(nearest) < 0.9 * wanted ? nearest + divisor : nearest
  }
}
