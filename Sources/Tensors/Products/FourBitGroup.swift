import CTesseraIntrinsics
import TesseraKernels

/// Numbers of which each is near scale·(q − 8), with q from 0 to 15.
package struct FourBitGroup {
  package static let count = 32
  /// Bytes that hold the numbers.
  package static let byteCount = 16

  /// q of each number, eight of them in order.
  private let eights: (UInt64, UInt64, UInt64, UInt64)
  /// The upper half of the scale's bits; the lower half is 0.
  let brainScale: UInt16

  package var scale: Float { Float(bitPattern: UInt32(brainScale) << 16) }

  /// q of each.
  package var numbers: [Int] {
    withUnsafeBytes(of: eights) { $0.map { Int($0) } }
  }

  /// The number that is farthest from 0 becomes −8, which has no counterpart of the other sign; those
  /// that would become 8 are 7.
  ///
  /// The scale of numbers of which one is not finite is none either. The arithmetic is the same on every
  /// processor: nothing is multiplied and added in one step.
  ///
  /// - Parameter count: 32 at most; the others are 0.
  package init(_ x: UnsafePointer<Float>, count: Int) {
    guard count < Self.count else {
      self.init(x)
      return
    }
    self = withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.count) { all in
      all.initialize(repeating: 0)
      for i in 0..<count { all[i] = x[i] }
      return all.baseAddress.map { FourBitGroup($0) } ?? FourBitGroup(x)
    }
  }

  private init(_ x: UnsafePointer<Float>) {
    let lanes = Int(LANE_COUNT)
    let nothing = lanes_splat(0)
    var (lows, highs, zeros) = (nothing, nothing, nothing)
    for i in stride(from: 0, to: Self.count, by: lanes) {
      let y = lanes_load(x + i)
      lows = lanes_min(y, lows)
      highs = lanes_max(y, highs)
      zeros += y * nothing
    }
    let (low, high) = (-lanes_largest(nothing - lows), lanes_largest(highs))
    // NaN where a number is not finite.
    brainScale = Self.brain((-low > high ? low : high) / -8 + lanes_sum(zeros))
    let scale = Float(bitPattern: UInt32(brainScale) << 16)
    let factor = lanes_splat(scale == 0 ? 0 : 1 / scale)
    var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &bytes) { out in
      guard let out = out.baseAddress else { return }
      for i in stride(from: 0, to: Self.count, by: lanes) {
        let y = lanes_load(x + i) * factor + lanes_splat(8)
        lanes_store_bytes(out + i, lanes_min(lanes_max(y, nothing), lanes_splat(15)))
      }
    }
    eights = bytes
  }

  /// What `words` were stored as, with the scale.
  ///
  /// - Parameter bytes: `byteCount` of them, little-endian words.
  init(stored bytes: UnsafeRawPointer, brainScale: UInt16) {
    let halves: UInt64 = 0x0F0F_0F0F
    func eight(_ index: Int) -> UInt64 {
      let word = UInt64(
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
      return word & halves | (word >> 4 & halves) << 32
    }
    eights = (eight(0), eight(1), eight(2), eight(3))
    self.brainScale = brainScale
  }

  /// Writes `byteCount` bytes.
  func store(into out: UnsafeMutableRawPointer) {
    let words = words
    out.storeBytes(of: words.0.littleEndian, as: UInt32.self)
    out.storeBytes(of: words.1.littleEndian, toByteOffset: 4, as: UInt32.self)
    out.storeBytes(of: words.2.littleEndian, toByteOffset: 8, as: UInt32.self)
    out.storeBytes(of: words.3.littleEndian, toByteOffset: 12, as: UInt32.self)
  }

  /// Rounded to nearest, ties to even.
  private static func brain(_ x: Float) -> UInt16 {
    guard x.isFinite else { return 0x7FC0 }
    let bits = x.bitPattern
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }

  /// Of all q − 8.
  var sum: Int { withUnsafeBytes(of: eights) { sumOf32Bytes($0) } - 8 * Self.count }

  /// A word of each eight numbers: those of the first four bytes in the lower halves of each byte.
  var words: (UInt32, UInt32, UInt32, UInt32) {
    func word(_ eight: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: eight | eight >> 28) }
    return (word(eights.0), word(eights.1), word(eights.2), word(eights.3))
  }
}

/// - Precondition: as many bytes.
func sumOf32Bytes(_ bytes: UnsafeRawBufferPointer) -> Int {
  let even: UInt64 = 0x00FF_00FF_00FF_00FF
  var sums: UInt64 = 0
  for i in 0..<4 {
    let eight = bytes.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self)
    sums &+= (eight & even) &+ (eight >> 8 & even)
  }
  return Int((sums &* 0x0001_0001_0001_0001) >> 48)
}
