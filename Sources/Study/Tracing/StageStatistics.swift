import TesseraTensors

/// What one sees of an activation at a glance.
public struct StageStatistics: Sendable, Equatable {
  /// The mean of all numbers that are not NaN.
  public let mean: Double
  /// The standard deviation, with the count as divisor.
  public let deviation: Double
  /// The Euclidean norm.
  public let norm: Double
  /// The smallest number.
  public let minimum: Float
  /// The largest number.
  public let maximum: Float
  /// The share of numbers that are exactly 0.
  public let zeroShare: Double
  /// Numbers that are not a number; they are left out of the rest.
  public let nanCount: Int

  /// Statistics of some numbers; zeros throughout where there are none.
  public init(_ values: some Collection<Float>) {
    var (sum, squares, zeros, nans, count) = (0.0, 0.0, 0, 0, 0)
    var (minimum, maximum) = (Float.infinity, -Float.infinity)
    for value in values {
      guard !value.isNaN else {
        nans += 1
        continue
      }
      count += 1
      sum += Double(value)
      squares += Double(value) * Double(value)
      if value == 0 { zeros += 1 }
      minimum = min(minimum, value)
      maximum = max(maximum, value)
    }
    let total = Double(max(count, 1))
    let mean = sum / total
    // A second pass: the difference of squares would lose the deviation of large numbers.
    let deviations = values.reduce(0.0) {
      $1.isNaN ? $0 : $0 + (Double($1) - mean) * (Double($1) - mean)
    }
    self.mean = mean
    deviation = (deviations / total).squareRoot()
    norm = squares.squareRoot()
    self.minimum = count > 0 ? minimum : 0
    self.maximum = count > 0 ? maximum : 0
    zeroShare = Double(zeros) / total
    nanCount = nans
  }
}

extension TracedEmbedding.Stage {
  /// Mean, deviation, norm and extremes of the stage.
  public var statistics: StageStatistics { StageStatistics(values) }
}
