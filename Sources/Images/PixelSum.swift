/// The running sums of one output pixel, a variable for each channel, so that they stay in
/// registers.
protocol PixelSum {
  associatedtype Arithmetic: ResampleArithmetic
  typealias Samples = UnsafeBufferPointer<Arithmetic.Sample>

  static var channels: Int { get }
  init()
  mutating func add(_ samples: Samples, at index: Int, times weight: Arithmetic.Weight)
  func store(in out: UnsafeMutableBufferPointer<Arithmetic.Sample>, at index: Int)
}

struct PixelSum1<Arithmetic: ResampleArithmetic>: PixelSum {
  static var channels: Int { 1 }
  private var sum0 = Arithmetic.zero

  @inline(__always)
  mutating func add(_ samples: Samples, at index: Int, times weight: Arithmetic.Weight) {
    Arithmetic.add(samples[index], times: weight, to: &sum0)
  }

  @inline(__always)
  func store(in out: UnsafeMutableBufferPointer<Arithmetic.Sample>, at index: Int) {
    out[index] = Arithmetic.sample(sum0)
  }
}

struct PixelSum2<Arithmetic: ResampleArithmetic>: PixelSum {
  static var channels: Int { 2 }
  private var sum0 = Arithmetic.zero
  private var sum1 = Arithmetic.zero

  @inline(__always)
  mutating func add(_ samples: Samples, at index: Int, times weight: Arithmetic.Weight) {
    Arithmetic.add(samples[index], times: weight, to: &sum0)
    Arithmetic.add(samples[index + 1], times: weight, to: &sum1)
  }

  @inline(__always)
  func store(in out: UnsafeMutableBufferPointer<Arithmetic.Sample>, at index: Int) {
    out[index] = Arithmetic.sample(sum0)
    out[index + 1] = Arithmetic.sample(sum1)
  }
}

struct PixelSum3<Arithmetic: ResampleArithmetic>: PixelSum {
  static var channels: Int { 3 }
  private var sum0 = Arithmetic.zero
  private var sum1 = Arithmetic.zero
  private var sum2 = Arithmetic.zero

  @inline(__always)
  mutating func add(_ samples: Samples, at index: Int, times weight: Arithmetic.Weight) {
    Arithmetic.add(samples[index], times: weight, to: &sum0)
    Arithmetic.add(samples[index + 1], times: weight, to: &sum1)
    Arithmetic.add(samples[index + 2], times: weight, to: &sum2)
  }

  @inline(__always)
  func store(in out: UnsafeMutableBufferPointer<Arithmetic.Sample>, at index: Int) {
    out[index] = Arithmetic.sample(sum0)
    out[index + 1] = Arithmetic.sample(sum1)
    out[index + 2] = Arithmetic.sample(sum2)
  }
}

struct PixelSum4<Arithmetic: ResampleArithmetic>: PixelSum {
  static var channels: Int { 4 }
  private var sum0 = Arithmetic.zero
  private var sum1 = Arithmetic.zero
  private var sum2 = Arithmetic.zero
  private var sum3 = Arithmetic.zero

  @inline(__always)
  mutating func add(_ samples: Samples, at index: Int, times weight: Arithmetic.Weight) {
    Arithmetic.add(samples[index], times: weight, to: &sum0)
    Arithmetic.add(samples[index + 1], times: weight, to: &sum1)
    Arithmetic.add(samples[index + 2], times: weight, to: &sum2)
    Arithmetic.add(samples[index + 3], times: weight, to: &sum3)
  }

  @inline(__always)
  func store(in out: UnsafeMutableBufferPointer<Arithmetic.Sample>, at index: Int) {
    out[index] = Arithmetic.sample(sum0)
    out[index + 1] = Arithmetic.sample(sum1)
    out[index + 2] = Arithmetic.sample(sum2)
    out[index + 3] = Arithmetic.sample(sum3)
  }
}
