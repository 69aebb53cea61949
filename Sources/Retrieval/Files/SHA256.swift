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
    Self.digest(
      UnsafeRawBufferPointer(rebasing: bytes[position..<end]), blocks: blocks, into: &state)
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

  /// Loops over pointers, as builds without optimisation spend most of their time here otherwise.
  private static func digest(
    _ bytes: UnsafeRawBufferPointer, blocks: Int, into state: inout [UInt32]
  ) {
    guard let start = bytes.baseAddress else { return }
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
      constants.withUnsafeBufferPointer { constants in
        state.withUnsafeMutableBufferPointer { state in
          guard let schedule = schedule.baseAddress, let constants = constants.baseAddress,
            let state = state.baseAddress
          else { return }
          var block = 0
          while block < blocks {
            expand(start + block &* blockSize, into: schedule)
            mix(schedule, constants, into: state)
            block &+= 1
          }
        }
      }
    }
  }

  @inline(__always)
  private static func expand(_ block: UnsafeRawPointer, into w: UnsafeMutablePointer<UInt32>) {
    var t = 0
    while t < 16 {
      w[t] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: t &* 4, as: UInt32.self))
      t &+= 1
    }
    while t < 64 {
      let x = w[t &- 15]
      let y = w[t &- 2]
      let first = rotated(x, 7) ^ rotated(x, 18) ^ x &>> 3
      let second = rotated(y, 17) ^ rotated(y, 19) ^ y &>> 10
      w[t] = w[t &- 16] &+ w[t &- 7] &+ first &+ second
      t &+= 1
    }
  }

  @inline(__always)
  private static func mix(
    _ w: UnsafeMutablePointer<UInt32>, _ constants: UnsafePointer<UInt32>,
    into state: UnsafeMutablePointer<UInt32>
  ) {
    var a = state[0]
    var b = state[1]
    var c = state[2]
    var d = state[3]
    var e = state[4]
    var f = state[5]
    var g = state[6]
    var h = state[7]
    var t = 0
    while t < 64 {
      let first =
        h &+ (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) &+ (e & f ^ ~e & g)
        &+ constants[t] &+ w[t]
      let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ (a & b ^ a & c ^ b & c)
      h = g
      g = f
      f = e
      e = d &+ first
      d = c
      c = b
      b = a
      a = first &+ second
      t &+= 1
    }
    state[0] = state[0] &+ a
    state[1] = state[1] &+ b
    state[2] = state[2] &+ c
    state[3] = state[3] &+ d
    state[4] = state[4] &+ e
    state[5] = state[5] &+ f
    state[6] = state[6] &+ g
    state[7] = state[7] &+ h
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
