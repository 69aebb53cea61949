extension JSONReader {
  /// Reads any number.
  package mutating func readDouble() throws -> Double {
    let number = try scanNumber()
    if let magnitude = number.exactlyRounded {
      return number.isNegative ? -magnitude : magnitude
    }
    guard let value = Double(String(decoding: bytes[number.range], as: UTF8.self)), value.isFinite
    else { throw JSONError(offset: number.range.lowerBound, reason: .invalidNumber) }
    return value
  }

  /// Reads a number that must be whole and fit an `Int`; `1.0` and `1e3` are refused, as the
  /// formats read here never write them.
  package mutating func readInt() throws -> Int {
    let number = try scanNumber()
    guard let value = Int(String(decoding: bytes[number.range], as: UTF8.self)) else {
      throw JSONError(offset: number.range.lowerBound, reason: .notAWholeNumber)
    }
    return value
  }

  struct ScannedNumber {
    let range: Range<Int>
    let isNegative: Bool
    /// All digits as one integer; nil where they exceed 64 bits.
    let mantissa: UInt64?
    /// The value is mantissa · 10^exponent.
    let exponent: Int

    /// The nearest double to the magnitude, for numbers of the size that files are full of.
    var exactlyRounded: Double? {
      switch (mantissa, exponent) {
      case (0, _): 0
      // Both factors are exact, so one rounding gives the nearest double (Clinger's fast path).
      case (let mantissa?, 0...22) where mantissa <= 1 << 53:
        Double(mantissa) * powersOfTen[exponent]
      case (let mantissa?, -19..<0): quotient(mantissa, UInt64(powersOfTen[-exponent]))
      default: nil
      }
    }
  }

  /// Passes over a number by the grammar of RFC 8259, gathering its digits.
  mutating func scanNumber() throws -> ScannedNumber {
    guard try peek() == .number else { throw expected("a number") }
    let start = position
    let isNegative = bytes[position] == UInt8(ascii: "-")
    if isNegative { position += 1 }

    var mantissa: UInt64 = 0
    var exponent = 0
    let integerStart = position
    try scanDigits(into: &mantissa)
    if bytes[integerStart] == UInt8(ascii: "0"), position - integerStart > 1 {
      throw error(.invalidNumber)
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      let fractionStart = position
      try scanDigits(into: &mantissa)
      exponent = fractionStart - position
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      var isExponentNegative = false
      if position < bytes.count,
        bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
      {
        isExponentNegative = bytes[position] == UInt8(ascii: "-")
        position += 1
      }
      var digits: UInt64 = 0
      try scanDigits(into: &digits)
      let magnitude = Int(min(digits, 100_000))
      exponent += isExponentNegative ? -magnitude : magnitude
    }
    return ScannedNumber(
      range: start..<position, isNegative: isNegative,
      mantissa: mantissa == .max ? nil : mantissa, exponent: exponent)
  }

  /// Reads one or more digits; what exceeds 64 bits becomes the greatest number, which no digits give.
  private mutating func scanDigits(into value: inout UInt64) throws {
    let start = position
    while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 {
      let digit = UInt64(bytes[position] &- UInt8(ascii: "0"))
      value = value < UInt64.max / 10 - 1 ? value * 10 + digit : .max
      position += 1
    }
    guard position > start else {
      throw error(position < bytes.count ? .invalidNumber : .endOfText)
    }
  }
}

/// The nearest double to a / b.
/// - Precondition: neither is 0.
private func quotient(_ a: UInt64, _ b: UInt64) -> Double {
  let (shiftA, shiftB) = (a.leadingZeroBitCount, b.leadingZeroBitCount)
  // a · 2^(63 + shifts) in two words, of which the upper is less than b's.
  let (upper, lower) = ((a << shiftA) >> 1, (a << shiftA) << 63)
  let (bits, remainder) = (b << shiftB).dividingFullWidth((upper, lower))
  // The quotient has 63 or 64 bits, of which a double rounds away at least ten: the last one may
  // stand for all that would follow.
  let sticky = remainder == 0 ? bits : bits | 1
  return Double(sign: .plus, exponent: shiftB - shiftA - 63, significand: Double(sticky))
}

/// As far as doubles hold them exactly.
private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
  1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]
