/// The arithmetic in which Pillow weighs samples, one kind for each sample type.
protocol ResampleArithmetic {
  associatedtype Sample: FixedWidthInteger & Sendable
  associatedtype Weight: Sendable
  associatedtype Sum

  /// The sum of nothing.
  static var zero: Sum { get }
  static func weight(_ value: Double) -> Weight
  static func add(_ sample: Sample, times weight: Weight, to sum: inout Sum)
  static func sample(_ sum: Sum) -> Sample
}

/// 8-bit samples: fixed point with 22 fraction bits.
enum FixedPointArithmetic: ResampleArithmetic {
  /// Eight bits for the sample, two for what negative weights add on either side.
  private static let fractionBits: Int32 = 32 - 8 - 2

  /// Half of the last place, for rounding.
  static var zero: Int32 { 1 << (fractionBits - 1) }

  static func weight(_ value: Double) -> Int32 {
    Int32(value * Double(1 << fractionBits) + (value < 0 ? -0.5 : 0.5))
  }

  @inline(__always)
  static func add(_ sample: UInt8, times weight: Int32, to sum: inout Int32) {
    sum &+= Int32(sample) &* weight
  }

  @inline(__always)
  static func sample(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: max(0, min(255, sum >> fractionBits)))
  }
}

/// 16-bit samples: double precision, added in the order of the pixels.
enum DoubleArithmetic: ResampleArithmetic {
  static var zero: Double { 0 }

  static func weight(_ value: Double) -> Double { value }

  @inline(__always)
  static func add(_ sample: UInt16, times weight: Double, to sum: inout Double) {
    sum += Double(sample) * weight
  }

  @inline(__always)
  static func sample(_ sum: Double) -> UInt16 {
    UInt16(max(0, min(65535, (sum >= 0 ? sum + 0.5 : sum - 0.5).rounded(.towardZero))))
  }
}
