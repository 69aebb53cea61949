import TesseraTensors

extension LayerNorm {
  /// Carries a direction back through the norm of one row, its scale frozen.
  ///
  /// With the deviation σ of this very row taken as a constant, y = γ·(x − mean(x))/σ + β is linear
  /// in x, and g·(y − β) = g′·x for the g′ that this gives: γ·g/σ, less its mean. The scale is
  /// frozen likewise in the "logit lens" (nostalgebraist, 2020) and in direct logit attribution
  /// (Elhage et al., "A Mathematical Framework for Transformer Circuits", 2021).
  ///
  /// - Parameters:
  ///   - direction: g, [C].
  ///   - x: what the norm read, [C].
  package func pullingBack(_ direction: [Double], through x: [Double]) -> [Double] {
    let count = Double(x.count)
    let mean = x.reduce(0, +) / count
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let scale = 1 / (variance + Double(parameters.epsilon)).squareRoot()
    let scaled = parameters.weight.withElements { weight in
      zip(direction, weight).map { $0 * Double($1) * scale }
    }
    let scaledMean = scaled.reduce(0, +) / count
    return scaled.map { $0 - scaledMean }
  }

  /// What the bias adds in a direction: g·β.
  package func biasShare(along direction: [Double]) -> Double { parameters.bias.dot(direction) }
}

extension Tensor {
  /// Σ xᵢ·gᵢ over all elements, in double.
  package func dot(_ direction: [Double]) -> Double {
    precondition(elementCount == direction.count, "\(shape) · [\(direction.count)]")
    return withElements { zip($0, direction).reduce(0) { $0 + Double($1.0) * $1.1 } }
  }
}
