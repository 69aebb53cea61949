#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How an image is resized.
///
/// The raw values are Pillow's, which preprocessor configurations use.
package enum ResampleFilter: Int, CaseIterable, Sendable {
  case nearest = 0
  case lanczos = 1
  case bilinear = 2
  case bicubic = 3
  case box = 4
  case hamming = 5

  /// The half width of the filter, in pixels of the coarser of the two grids.
  ///
  /// - Precondition: not `nearest`, which weighs nothing.
  var support: Double {
    switch self {
    case .nearest: preconditionFailure("nearest neighbour has no support")
    case .box: 0.5
    case .bilinear, .hamming: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The weight at distance `x`, before the weights of a pixel are divided by their sum.
  ///
  /// The order of the operations is Pillow's, so that the last bit agrees.
  ///
  /// - Precondition: not `nearest`.
  func weight(at x: Double) -> Double {
    switch self {
    case .nearest:
      preconditionFailure("nearest neighbour has no weights")
    case .box:
      return x > -0.5 && x <= 0.5 ? 1 : 0
    case .bilinear:
      return max(0, 1 - abs(x))
    case .hamming:
      guard x != 0 else { return 1 }
      guard abs(x) < 1 else { return 0 }
      let t = abs(x) * .pi
      // The window's constants are single precision in Pillow.
      return sin(t) / t * (Double(0.54 as Float) + Double(0.46 as Float) * cos(t))
    case .bicubic:
      // Keys (1981), with the free parameter a.
      let a = -0.5
      let x = abs(x)
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    case .lanczos:
      return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0
    }
  }

  private func sinc(_ x: Double) -> Double {
    guard x != 0 else { return 1 }
    let t = x * .pi
    return sin(t) / t
  }
}
