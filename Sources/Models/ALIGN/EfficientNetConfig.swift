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
    try keys.requireKnownEfficientNet()
    let stages = try Stage.all(keys)
    let scaling = try Scaling(keys)
    epsilon = try keys.epsilon("batch_norm_eps", default: 0.001)
    stemChannels = scaling.channels(32)
    let evenlyPadded = Set(try keys.numbers("depthwise_padding", default: []))
    var blocks: [Block] = []
    for stage in stages {
      let output = scaling.channels(stage.outputs)
      for repetition in 0..<scaling.repeats(stage.repeats) {
        let input = repetition > 0 ? output : scaling.channels(stage.inputs)
        blocks.append(
          Block(
            inputs: input, outputs: output, expansion: stage.expansion,
            squeezed: scaling.squeezed(input), kernelSide: stage.kernelSide,
            stride: repetition > 0 ? 1 : stage.stride,
            isPaddingLopsided: !evenlyPadded.contains(blocks.count),
            isResidual: repetition > 0))
      }
    }
    self.blocks = blocks
  }

  /// Of what is pooled.
  var outputs: Int { blocks.last?.outputs ?? stemChannels }

  /// Blocks of one kind, before their numbers are multiplied.
  private struct Stage {
    let inputs: Int
    let outputs: Int
    let kernelSide: Int
    /// Of the first.
    let stride: Int
    let repeats: Int
    let expansion: Int

    /// - Throws: `FieldError`.
    static func all(_ keys: Config) throws -> [Stage] {
      let inputs = try keys.numbers("in_channels", default: [32, 16, 24, 40, 80, 112, 192])
      guard !inputs.isEmpty else {
        throw keys.field.place.key("in_channels").inconsistent("there are none")
      }
      func ofEach(_ key: String, _ defaults: [Int]) throws -> [Int] {
        let numbers = try keys.numbers(key, default: defaults)
        guard numbers.count == inputs.count else {
          throw keys.field.place.key(key).inconsistent(
            "there are \(numbers.count) numbers, and \(inputs.count) in_channels")
        }
        return numbers
      }
      let outputs = try ofEach("out_channels", [16, 24, 40, 80, 112, 192, 320])
      let sides = try ofEach("kernel_sizes", [3, 3, 5, 3, 5, 5, 3])
      let strides = try ofEach("strides", [1, 2, 2, 2, 1, 2, 1])
      let repeats = try ofEach("num_block_repeats", [1, 2, 2, 3, 3, 4, 1])
      let expansions = try ofEach("expand_ratios", [1, 6, 6, 6, 6, 6, 6])
      return try inputs.indices.map { stage in
        guard (1...2).contains(strides[stage]), sides[stage] % 2 == 1, expansions[stage] > 0 else {
          throw keys.field.place.key("strides").inconsistent(
            "steps are 1 or 2, and sides of kernels odd")
        }
        return Stage(
          inputs: inputs[stage], outputs: outputs[stage], kernelSide: sides[stage],
          stride: strides[stage], repeats: repeats[stage], expansion: expansions[stage])
      }
    }
  }

  /// What the small net's numbers are multiplied by.
  private struct Scaling {
    let width: Double
    let depth: Double
    let divisor: Int
    let squeeze: Double

    /// - Throws: `FieldError`.
    init(_ keys: Config) throws {
      width = try keys.factor("width_coefficient", default: 2)
      depth = try keys.factor("depth_coefficient", default: 3.1)
      divisor = try keys.size("depth_divisor", default: 8)
      squeeze = try keys.factor("squeeze_expansion_ratio", default: 0.25)
    }

    func repeats(_ count: Int) -> Int { Int((depth * Double(count)).rounded(.up)) }

    func squeezed(_ channels: Int) -> Int { max(1, Int(Double(channels) * squeeze)) }

    /// The nearest multiple, but never less than nine tenths.
    func channels(_ count: Int) -> Int {
      let wanted = Double(count) * width
      let nearest = max(divisor, Int(wanted + Double(divisor) / 2) / divisor * divisor)
      return Double(nearest) < 0.9 * wanted ? nearest + divisor : nearest
    }
  }
}

extension Config {
  fileprivate func numbers(_ key: String, default values: [Int]) throws -> [Int] {
    try defaulted(key)?.elements().map { try $0.int(in: 0...1 << 20) } ?? values
  }

  fileprivate func factor(_ key: String, default value: Double) throws -> Double {
    guard let field = try defaulted(key) else { return value }
    let number = try field.number()
    guard number > 0, number < 100 else { throw field.wrongType("a factor above 0") }
    return number
  }

  /// Refuses what would make another net of it.
  fileprivate func requireKnownEfficientNet() throws {
    if let activation = try defaulted("hidden_act"),
      !["swish", "silu"].contains(activation.value.string ?? "")
    {
      throw activation.wrongType("swish")
    }
    try requireIfPresent("pooling_type", is: "mean")
    try requireColours()
  }
}
