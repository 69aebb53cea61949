/// A set of scalars as a character class describes it.
indirect enum ScalarSetExpression: Sendable {
  case classes(CharacterClasses.Mask)
  case range(ClosedRange<ScalarValue>)
  case union([ScalarSetExpression])
  case intersection([ScalarSetExpression])
  case complement(ScalarSetExpression)

  /// - Parameter number: The number of the scalar's class.
  func contains(_ scalar: ScalarValue, class number: UInt8) -> Bool {
    switch self {
    case .classes(let mask): mask >> CharacterClasses.Mask(number) & 1 == 1
    case .range(let range): range.contains(scalar)
    case .union(let parts): parts.contains { $0.contains(scalar, class: number) }
    case .intersection(let parts): parts.allSatisfy { $0.contains(scalar, class: number) }
    case .complement(let inner): !inner.contains(scalar, class: number)
    }
  }

  /// Whether scalars beyond ASCII are told apart by more than their class.
  fileprivate var namesScalarsBeyondASCII: Bool {
    switch self {
    case .classes: false
    case .range(let range): range.upperBound >= 0x80
    case .union(let parts), .intersection(let parts):
      parts.contains { $0.namesScalarsBeyondASCII }
    case .complement(let inner): inner.namesScalarsBeyondASCII
    }
  }
}

/// A set of scalars, ready to be asked: two words of bits for ASCII, and for all others their
/// class, where the expression says no more.
struct ScalarSet: Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0
  private var classes: CharacterClasses.Mask = 0
  private let expression: ScalarSetExpression?
  private let table = CharacterClasses.shared.table

  init(_ expression: ScalarSetExpression) {
    self.expression = expression.namesScalarsBeyondASCII ? expression : nil
    for scalar in ScalarValue(0)..<64 where expression.contains(scalar, class: table[scalar]) {
      low |= 1 << UInt64(scalar)
    }
    for scalar in ScalarValue(64)..<128 where expression.contains(scalar, class: table[scalar]) {
      high |= 1 << UInt64(scalar - 64)
    }
    // No range contains what is beyond all scalars.
    for number in UInt8(0)..<64 where expression.contains(0x110000, class: number) {
      classes |= 1 << CharacterClasses.Mask(number)
    }
  }

  @inline(__always)
  func contains(_ scalar: ScalarValue) -> Bool {
    if scalar < 64 { return low &>> UInt64(scalar) & 1 == 1 }
    if scalar < 128 { return high &>> UInt64(scalar &- 64) & 1 == 1 }
    let number = table[scalar]
    if let expression { return expression.contains(scalar, class: number) }
    return classes &>> CharacterClasses.Mask(number) & 1 == 1
  }
}
