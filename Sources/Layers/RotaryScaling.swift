/// How frequencies are changed for texts that are longer than those a model was first trained on.
package enum RotaryScaling: Sendable, Equatable {
  case none
  /// All divided by a factor. Chen et al., "Extending Context Window of Large Language Models via
  /// Positional Interpolation".
  case linear(factor: Float)
  /// Llama 3.1's.
  case llama3(Llama3)
  case yarn(YaRN)

  /// Slow pairs, which turn less than `slowTurns` times in a text of `trainedTokens`, are divided by the
  /// factor, fast ones of more than `fastTurns` stay, and between these one goes over into the other.
  package struct Llama3: Sendable, Equatable {
    let factor: Float
    let slowTurns: Float
    let fastTurns: Float
    let trainedTokens: Float

    /// - Precondition: more fast turns than slow ones.
    package init(factor: Double, slowTurns: Double, fastTurns: Double, trainedTokens: Int) {
      precondition(fastTurns > slowTurns, "\(fastTurns) fast turns, \(slowTurns) slow ones")
      self.factor = Float(factor)
      self.slowTurns = Float(slowTurns)
      self.fastTurns = Float(fastTurns)
      self.trainedTokens = Float(trainedTokens)
    }
  }

  /// - Parameter powers: base^(2k/D), the tokens in which pair k turns by a radian.
  /// - Returns: radians a token.
  func callAsFunction(_ powers: [Float], base: Float) -> [Float] {
    switch self {
    case .none: powers.map { 1 / $0 }
    case .linear(let factor): powers.map { 1 / $0 / factor }
    case .llama3(let scaling): powers.map { scaling(1 / $0) }
    case .yarn(let scaling): scaling(powers, base: base)
    }
  }

  /// What cosines and sines are multiplied by.
  var amplitude: Float {
    if case .yarn(let scaling) = self { scaling.amplitude } else { 1 }
  }
}

extension RotaryScaling.Llama3 {
  /// In the steps, and with the roundings, of transformers' `_compute_llama3_parameters`.
  fileprivate func callAsFunction(_ frequency: Float) -> Float {
    // PyTorch divides a number by a tensor as reciprocals times that number; `Float.pi` is rounded down.
    let wavelength = 1 / frequency * Float(2 * Double.pi)
    if wavelength < trainedTokens / fastTurns { return frequency }
    if wavelength > trainedTokens / slowTurns { return frequency / factor }
    let share = (1 / wavelength * trainedTokens - slowTurns) / (fastTurns - slowTurns)
    return (1 - share) * frequency / factor + share * frequency
  }
}
