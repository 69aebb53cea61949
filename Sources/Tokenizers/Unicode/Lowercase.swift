/// Lowercase scalar by scalar, as Rust's `char::to_lowercase`: no rule looks at a neighbour, so Σ
/// is σ at the end of a word too.
struct Lowercase: Sendable {
  static let shared = Lowercase()

  /// How far the lowercase letter stands from each scalar.
  private let distances: ScalarTable<Int32>

  private init() {
    let numbers = PackedTables.numbers(PackedTables.lowercase)
    var table = ScalarTable<Int32>(default: 0)
    var start = 0
    for i in stride(from: 0, to: numbers.count, by: 4) {
      start += PackedTables.signed(numbers[i])
      let distance = Int32(PackedTables.signed(numbers[i + 3]))
      for k in 0..<numbers[i + 1] {
        let scalar = ScalarValue(start) + k * numbers[i + 2]
        table.set(scalar..<scalar + 1, to: distance)
      }
    }
    distances = table
  }

  /// Appends the lowercase of `scalar`.
  ///
  /// İ (U+0130) alone becomes two: i and a dot above.
  @inline(__always)
  func append(_ scalar: ScalarValue, to bytes: inout [UInt8]) {
    if scalar == 0x130 {
      bytes.append(UInt8(ascii: "i"))
      bytes.append(scalar: 0x307)
    } else {
      bytes.append(scalar: ScalarValue(truncatingIfNeeded: Int32(scalar) + distances[scalar]))
    }
  }
}
