/// Canonical or compatibility decomposition with canonical ordering: NFD and NFKD.
///
/// The tables are those of the normalisation crate that the reference links, whose Unicode is
/// years old: a mark that came later neither decomposes nor moves.
struct Decomposition: Sendable {
  static let canonical = Decomposition(tables: [PackedTables.canonicalDecompositions])
  static let compatibility = Decomposition(
    tables: [PackedTables.canonicalDecompositions, PackedTables.compatibilityDecompositions])
  static let combiningClasses = PackedTables.classes(PackedTables.combiningClasses)

  /// Where a scalar's decomposition begins in `scalars`; 0: it has none.
  private let starts: ScalarTable<UInt16>
  /// Each decomposition, behind its length.
  private let scalars: [ScalarValue]
  private let combiningClasses = Self.combiningClasses

  private init(tables: [String]) {
    var starts = ScalarTable<UInt16>(default: 0)
    var scalars: [ScalarValue] = [0]
    for table in tables {
      let numbers = PackedTables.numbers(table)
      var scalar: ScalarValue = 0
      var i = 0
      while i < numbers.count {
        scalar += numbers[i]
        let count = Int(numbers[i + 1])
        starts.set(scalar..<scalar + 1, to: UInt16(scalars.count))
        scalars.append(numbers[i + 1])
        for distance in numbers[i + 2..<i + 2 + count] {
          scalars.append(ScalarValue(Int(scalar) + PackedTables.signed(distance)))
        }
        i += 2 + count
      }
    }
    self.starts = starts
    self.scalars = scalars
  }

  /// Calls `emit` with each scalar of the decomposition of `bytes[range]`, in canonical order.
  @inline(__always)
  func forEachScalar(
    of bytes: [UInt8], in range: Range<Int>, _ emit: (ScalarValue) -> Void
  ) {
    var marks = PendingMarks()
    var offset = range.lowerBound
    while offset < range.upperBound {
      let (scalar, length) = bytes.scalar(at: offset)
      offset += length
      // Nothing below U+00A0 decomposes or combines.
      if scalar < 0xA0 {
        marks.flush(emit)
        emit(scalar)
        continue
      }
      if Hangul.syllables.contains(scalar) {
        marks.flush(emit)
        Hangul.decompose(scalar, emit)
        continue
      }
      let start = Int(starts[scalar])
      if start == 0 {
        place(scalar, among: &marks, emit)
      } else {
        for i in start + 1...start + Int(scalars[start]) {
          place(scalars[i], among: &marks, emit)
        }
      }
    }
    marks.flush(emit)
  }

  @inline(__always)
  private func place(
    _ scalar: ScalarValue, among marks: inout PendingMarks, _ emit: (ScalarValue) -> Void
  ) {
    let combiningClass = combiningClasses[scalar]
    if combiningClass == 0 {
      marks.flush(emit)
      emit(scalar)
    } else {
      marks.append(scalar, combiningClass)
    }
  }
}

/// Marks behind one starter, which canonical order sorts by class, equal classes as they came.
private struct PendingMarks {
  /// Class, then scalar; a run is sorted only where it is out of order.
  private var marks: [(combiningClass: UInt8, scalar: ScalarValue)] = []
  private var isSorted = true

  mutating func append(_ scalar: ScalarValue, _ combiningClass: UInt8) {
    if let last = marks.last, last.combiningClass > combiningClass { isSorted = false }
    marks.append((combiningClass, scalar))
  }

  @inline(__always)
  mutating func flush(_ emit: (ScalarValue) -> Void) {
    if marks.isEmpty { return }
    if !isSorted { sort() }
    for mark in marks { emit(mark.scalar) }
    marks.removeAll(keepingCapacity: true)
    isSorted = true
  }

  private mutating func sort() {
    // The library's sort does not promise to be stable; the offset makes it so.
    marks = marks.enumerated()
      .sorted { ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset) }
      .map(\.element)
  }
}

/// Hangul syllables are sums of their letters (The Unicode Standard, section 3.12).
enum Hangul {
  static let syllables: Range<ScalarValue> = 0xAC00..<0xAC00 + 19 * 21 * 28
  static let leading: Range<ScalarValue> = 0x1100..<0x1113
  static let vowels: Range<ScalarValue> = 0x1161..<0x1176
  /// The first, U+11A7, stands for no trailing consonant.
  static let trailing: Range<ScalarValue> = 0x11A7..<0x11C3

  @inline(__always)
  static func decompose(_ syllable: ScalarValue, _ emit: (ScalarValue) -> Void) {
    let index = syllable - syllables.lowerBound
    emit(leading.lowerBound + index / (21 * 28))
    emit(vowels.lowerBound + index / 28 % 21)
    if index % 28 != 0 { emit(trailing.lowerBound + index % 28) }
  }

  static func compose(_ first: ScalarValue, _ second: ScalarValue) -> ScalarValue? {
    if leading.contains(first), vowels.contains(second) {
      let index = (first - leading.lowerBound) * 21 + (second - vowels.lowerBound)
      return syllables.lowerBound + index * 28
    }
    if syllables.contains(first), (first - syllables.lowerBound) % 28 == 0,
      trailing.contains(second), second != trailing.lowerBound
    {
      return first + (second - trailing.lowerBound)
    }
    return nil
  }
}
