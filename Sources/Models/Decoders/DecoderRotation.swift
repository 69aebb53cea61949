import TesseraJSON
import TesseraLayers

/// How a decoder's heads turn, and how far that carries: `rope_scaling`, or transformers 5's
/// `rope_parameters`.
extension Config {
  private enum RotaryKind: String, CaseIterable {
    case plain = "default"
    case linear, llama3, yarn, dynamic, longrope
  }

  /// How fast a decoder's heads turn, with scaling of the kinds that are known here.
  ///
  /// - Parameter positions: `max_position_embeddings`.
  /// - Throws: `FieldError` for other kinds.
  package func rotaryRule(headWidth: Int, positions: Int) throws -> RotaryRule {
    try requireWholeHeads()
    let scaling = try rotaryParameters()
    let base = try rotaryBase(in: scaling, default: 10000)
    func fixed(_ scaling: RotaryScaling = .none) -> RotaryRule {
      .fixed(RotaryFrequencies(base: base, headWidth: headWidth, scaling: scaling))
    }
    guard let scaling else { return fixed() }
    try scaling.requireWholeHeads()
    switch try scaling.rotaryKind() {
    case .plain: return fixed()
    case .linear: return fixed(.linear(factor: Float(try scaling.positive("factor"))))
    case .llama3:
      return fixed(.llama3(try scaling.llama3(trainedTokens(scaling, positions))))
    case .yarn: return fixed(.yarn(try scaling.yarn(trainedTokens(scaling, positions), positions)))
    case .dynamic:
      let factor = try scaling.positive("factor")
      guard headWidth > 2 else {
        throw field.place.key("head_dim").inconsistent("dynamic rotation needs more than a pair")
      }
      return .dynamic(
        .init(base: base, headWidth: headWidth, factor: factor, trainedTokens: positions))
    case .longrope:
      let trained = try trainedTokens(scaling, positions)
      let amplitude = Float(try scaling.longRoPEAmplitude(trained, positions))
      func frequencies(_ key: String) throws -> RotaryFrequencies {
        RotaryFrequencies(
          base: base, dividedBy: try scaling.factors(key, count: headWidth / 2),
          amplitude: amplitude)
      }
      return .longRoPE(
        short: try frequencies("short_factor"), long: try frequencies("long_factor"),
        trainedTokens: trained)
    }
  }

  /// The tokens that a text may have: `max_position_embeddings`, or more where scaling carries further
  /// and the key was left as it was before.
  func reachedPositions(_ positions: Int) throws -> Int {
    guard let scaling = try rotaryParameters() else { return positions }
    let start: Int
    switch try scaling.rotaryKind() {
    case .yarn: start = try trainedTokens(scaling, positions)
    case .dynamic: start = positions
    case .plain, .linear, .llama3, .longrope: return positions
    }
    let factor = try scaling.optional("factor").map { _ in try scaling.positive("factor") } ?? 1
    return max(positions, Int(min(Double(start) * factor, Double(1 << 28))))
  }

  /// As transformers has it, `rope_scaling` counts where both stand in a file.
  private func rotaryParameters() throws -> Config? {
    if let scaling = try optionalObject("rope_scaling"), try !scaling.field.members().isEmpty {
      return scaling
    }
    return try optionalObject("rope_parameters")
  }

  private func rotaryKind() throws -> RotaryKind {
    try choice(optional("rope_type") == nil ? "type" : "rope_type", default: .plain)
  }

  /// Of the longest texts before the scaling: what stands beside it counts first, as in transformers.
  private func trainedTokens(_ scaling: Config, _ positions: Int) throws -> Int {
    let key = "original_max_position_embeddings"
    let field = try optional(key) ?? scaling.optional(key)
    return try field?.int(in: 2...1 << 28) ?? positions
  }

  private func positive(_ key: String) throws -> Double { try required(key).positive() }

  private func llama3(_ trainedTokens: Int) throws -> RotaryScaling.Llama3 {
    let (slow, fast) = (try positive("low_freq_factor"), try positive("high_freq_factor"))
    guard Float(fast) > Float(slow) else {
      throw try required("high_freq_factor").wrongType("more than low_freq_factor, \(slow)")
    }
    return .init(
      factor: try positive("factor"), slowTurns: slow, fastTurns: fast,
      trainedTokens: trainedTokens)
  }

  private func yarn(_ trainedTokens: Int, _ positions: Int) throws -> YaRN {
    let factor = try factor(trainedTokens, positions)
    let (slow, fast) = (try turns("beta_slow", default: 1), try turns("beta_fast", default: 32))
    guard fast >= slow else {
      throw try (optional("beta_fast") ?? required("beta_slow")).wrongType(
        "a beta_fast of no less than beta_slow")
    }
    let amplitude: Double
    if let own = try optional("attention_factor") {
      amplitude = try own.positive()
    } else if let weight = try weight("mscale"), let divisor = try self.weight("mscale_all_dim") {
      amplitude =
        YaRN.amplitude(factor: factor, weight: weight)
        / YaRN.amplitude(factor: factor, weight: divisor)
    } else {
      amplitude = YaRN.amplitude(factor: factor)
    }
    return YaRN(
      factor: factor, trainedTokens: trainedTokens, slowTurns: slow, fastTurns: fast,
      hasWholeBounds: try optional("truncate")?.bool() ?? true, amplitude: amplitude)
  }

  /// Null stands for how much longer texts may be than they were; transformers wants the key there.
  private func factor(_ trainedTokens: Int, _ positions: Int) throws -> Double {
    try isNull("factor")
      ? Double(positions) / Double(trainedTokens) : positive("factor")
  }

  /// Zero is none.
  private func turns(_ key: String, default value: Double) throws -> Double {
    guard let field = try optional(key), try field.number() != 0 else { return value }
    return try field.positive()
  }

  /// Zero is none.
  private func weight(_ key: String) throws -> Double? {
    guard let field = try optional(key), try field.number() != 0 else { return nil }
    return try field.positive()
  }

  /// √(1 + ln f / ln L), f being how much longer texts may be than the L tokens that they had.
  private func longRoPEAmplitude(_ trainedTokens: Int, _ positions: Int) throws -> Double {
    if let own = try optional("attention_factor") { return try own.positive() }
    let factor =
      try optional("factor")?.positive() ?? Double(positions) / Double(trainedTokens)
    return RotaryFrequencies.longRoPEAmplitude(factor: factor, trainedTokens: trainedTokens)
  }

  /// A number for each pair.
  private func factors(_ key: String, count: Int) throws -> [Float] {
    let field = try required(key)
    let values = try field.elements().map { Float(try $0.positive()) }
    guard values.count == count else {
      throw field.wrongType("\(count) numbers, one for each pair of a head's channels")
    }
    return values
  }
}

extension Field {
  fileprivate func positive() throws -> Double {
    let number = try number()
    guard number > 0, number < 1e9 else { throw wrongType("more than 0") }
    return number
  }
}
