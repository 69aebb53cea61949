/// Canonical composition of decomposed scalars: the second half of NFC and NFKC.
struct Composition: Sendable {
  static let shared = Composition()

  /// Composites by first << 32 | second.
  private let composites: [UInt64: ScalarValue]
  /// Whether any pair ends in the scalar, asked before the dictionary.
  private let isSecond: ScalarTable<Bool>
  private let combiningClasses = Decomposition.combiningClasses

  private init() {
    let numbers = PackedTables.numbers(PackedTables.compositions)
    var composites: [UInt64: ScalarValue] = [:]
    var isSecond = ScalarTable(default: false)
    var composite: ScalarValue = 0
    for i in stride(from: 0, to: numbers.count, by: 3) {
      composite += numbers[i]
      let first = ScalarValue(Int(composite) + PackedTables.signed(numbers[i + 1]))
      let second = numbers[i + 2]
      composites[UInt64(first) << 32 | UInt64(second)] = composite
      isSecond.set(second..<second + 1, to: true)
    }
    isSecond.set(Hangul.vowels, to: true)
    isSecond.set(Hangul.trailing, to: true)
    self.composites = composites
    self.isSecond = isSecond
  }

  /// Composes in place: each scalar joins the last starter, unless a scalar between them blocks it
  /// (The Unicode Standard, D115 and D117).
  func compose(_ scalars: inout [ScalarValue]) {
    var starter: Int?
    var lastClass = 0
    var count = 0
    for i in scalars.indices {
      let scalar = scalars[i]
      let combiningClass = Int(combiningClasses[scalar])
      // −1: nothing stands between the starter and this scalar.
      if let starter, isSecond[scalar], lastClass < combiningClass || lastClass == -1,
        let composite = composite(scalars[starter], scalar)
      {
        scalars[starter] = composite
        continue
      }
      if combiningClass == 0 {
        starter = count
        lastClass = -1
      } else {
        lastClass = combiningClass
      }
      scalars[count] = scalar
      count += 1
    }
    scalars.removeLast(scalars.count - count)
  }

  private func composite(_ first: ScalarValue, _ second: ScalarValue) -> ScalarValue? {
    Hangul.compose(first, second) ?? composites[UInt64(first) << 32 | UInt64(second)]
  }
}
