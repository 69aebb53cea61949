/// A value for every Unicode scalar, in two stages: blocks of 256 scalars, of which most are alike.
struct ScalarTable<Value: Sendable>: Sendable {
  /// For each 256 scalars, where their values begin in `values`.
  private var starts: [Int32]
  private var values: [Value]
  private let defaultValue: Value

  init(default value: Value) {
    defaultValue = value
    starts = Array(repeating: 0, count: 0x110000 >> 8)
    values = Array(repeating: value, count: 256)
  }

  private init(starts: [Int32], values: [Value], default value: Value) {
    self.starts = starts
    self.values = values
    defaultValue = value
  }

  /// The same scalars told apart, under other values.
  func map<Other: Sendable>(_ transform: (Value) -> Other) -> ScalarTable<Other> {
    ScalarTable<Other>(
      starts: starts, values: values.map(transform), default: transform(defaultValue))
  }

  @inline(__always)
  subscript(scalar: ScalarValue) -> Value {
    values[Int(starts[Int(scalar >> 8)]) + Int(scalar & 0xFF)]
  }

  /// Whole blocks at a time: the scalars of private use alone are 137,000.
  mutating func set(_ scalars: Range<ScalarValue>, to value: Value) {
    var next = scalars.lowerBound
    while next < scalars.upperBound {
      let block = Int(next >> 8)
      let end = min(scalars.upperBound, ScalarValue(block + 1) << 8)
      if starts[block] == 0 {
        // The first block stays the default's, for all who share it.
        starts[block] = Int32(values.count)
        values += repeatElement(defaultValue, count: 256)
      }
      let first = Int(starts[block]) + Int(next & 0xFF)
      values.withUnsafeMutableBufferPointer {
        $0[first..<first + Int(end - next)].update(repeating: value)
      }
      next = end
    }
  }
}

/// The sets of scalars that the rules ask for. Each is frozen at the Unicode version of the library
/// that the reference links for that very rule; none may be replaced by the language's own.
extension ScalarTable<Bool> {
  static let controls = PackedTables.set(PackedTables.controls)
  static let nonspacingMarks = PackedTables.set(PackedTables.nonspacingMarks)
  static let punctuation = PackedTables.set(PackedTables.punctuation)
  static let combiningMarks = PackedTables.set(PackedTables.combiningMarks)
  static let whiteSpace = PackedTables.set(PackedTables.whiteSpace)
  static let numeric = PackedTables.set(PackedTables.numeric)
  static let wordCharacters = PackedTables.set(PackedTables.wordCharacters)
}
