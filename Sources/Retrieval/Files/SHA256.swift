/// The hash of FIPS 180-4, by which contents are told apart.
package struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB,
    0x5BE0_CD19,
  ]
  /// What is not yet a whole block.
  private var rest: [UInt8] = []
  private var byteCount: UInt64 = 0

  package init() {}

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount += UInt64(bytes.count)
    var position = 0
    if !rest.isEmpty {
      position = min(Self.blockSize - rest.count, bytes.count)
      rest += bytes[..<position]
      guard rest.count == Self.blockSize else { return }
      rest.withUnsafeBytes { Self.digest($0, blocks: 1, into: &state) }
      rest = []
    }
    let blocks = (bytes.count - position) / Self.blockSize
    let end = position + blocks * Self.blockSize
    Self.digest(UnsafeRawBufferPointer(rebasing: bytes[position..<end]), blocks: blocks, into: &state)
    rest += bytes[end...]
  }

  package mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  /// The digest of all bytes so far, in hexadecimal.
  package func hexadecimal() -> String {
    var copy = self
    var end: [UInt8] = [0x80]
    let length = (rest.count + 1) % Self.blockSize
    end += repeatElement(0, count: (Self.blockSize + 56 - length) % Self.blockSize)
    withUnsafeBytes(of: (byteCount * 8).bigEndian) { end += $0 }
    end.withUnsafeBytes { copy.update($0) }
    return copy.state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  package static func hexadecimal(of bytes: UnsafeRawBufferPointer) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexadecimal()
  }

  private static let blockSize = 64

  private static func digest(
    _ bytes: UnsafeRawBufferPointer, blocks: Int, into state: inout [UInt32]
  ) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
      constants.withUnsafeBufferPointer { constants in
        state.withUnsafeMutableBufferPointer { state in
          for block in 0..<blocks {
            for t in 0..<16 {
              schedule[t] = UInt32(
                bigEndian: bytes.loadUnaligned(
                  fromByteOffset: block &* blockSize &+ t &* 4, as: UInt32.self))
            }
            for t in 16..<64 {
              let (x, y) = (schedule[t &- 15], schedule[t &- 2])
              schedule[t] =
                schedule[t &- 16] &+ schedule[t &- 7]
                &+ (rotated(x, 7) ^ rotated(x, 18) ^ x &>> 3)
                &+ (rotated(y, 17) ^ rotated(y, 19) ^ y &>> 10)
            }
            mix(schedule, constants, into: state)
          }
        }
      }
    }
  }

  @inline(__always)
  private static func mix(
    _ schedule: UnsafeMutableBufferPointer<UInt32>, _ constants: UnsafeBufferPointer<UInt32>,
    into state: UnsafeMutableBufferPointer<UInt32>
  ) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for t in 0..<64 {
      let first =
        h &+ (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) &+ (e & f ^ ~e & g)
        &+ constants[t] &+ schedule[t]
      let second =
        (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ (a & b ^ a & c ^ b & c)
      (h, g, f, e) = (g, f, e, d &+ first)
      (d, c, b, a) = (c, b, a, first &+ second)
    }
    for (i, word) in [a, b, c, d, e, f, g, h].enumerated() { state[i] = state[i] &+ word }
  }

  @inline(__always)
  private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word &>> count | word &<< (32 &- count)
  }

  /// The fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = {
    var primes: [Int] = []
    var candidate = 2
    while primes.count < 64 {
      if !primes.contains(where: { candidate.isMultiple(of: $0) }) { primes.append(candidate) }
      candidate += 1
    }
    return primes.map { prime in
      // ⌊2³²·∛p⌋ by bisection in whole numbers: a cube of 35 bits needs 105.
      var (low, high) = (UInt64(1), UInt64(7) << 32)
      while high - low > 1 {
        let middle = (low + high) / 2
        if isCube(middle, atMost: UInt64(prime)) { low = middle } else { high = middle }
      }
      return UInt32(truncatingIfNeeded: low)
    }
  }()

  /// Whether x³ ≤ p·2⁹⁶.
  private static func isCube(_ x: UInt64, atMost prime: UInt64) -> Bool {
    let square = x.multipliedFullWidth(by: x)
    // x² = high·2⁶⁴ + low, so x³ = high·x·2⁶⁴ + low·x.
    let upper = square.high.multipliedFullWidth(by: x)
    let lower = square.low.multipliedFullWidth(by: x)
    let (middle, carry) = upper.low.addingReportingOverflow(lower.high)
    let top = upper.high + (carry ? 1 : 0)
    // The three words of x³ beside those of p·2⁹⁶: (p >> 32, p << 32, 0).
    let bound = (prime >> 32, prime << 32)
    if top != bound.0 { return top < bound.0 }
    if middle != bound.1 { return middle < bound.1 }
    return lower.low == 0
  }
}
