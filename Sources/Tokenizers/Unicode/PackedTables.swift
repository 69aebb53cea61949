/// The tables of Tables/, each a list of whole numbers in printable characters.
///
/// A character stands for six bits, counted from "?"; the low five are part of a number, low parts
/// first, and the sixth says that more follow. Line ends mean nothing.
enum PackedTables {
  static func numbers(_ packed: String) -> [UInt32] {
    var numbers: [UInt32] = []
    numbers.reserveCapacity(packed.utf8.count / 2)
    var number: UInt32 = 0
    var shift: UInt32 = 0
    for character in packed.utf8 where character != UInt8(ascii: "\n") {
      let bits = UInt32(character) - 63
      number |= (bits & 31) << shift
      if bits & 32 != 0 {
        shift += 5
      } else {
        numbers.append(number)
        number = 0
        shift = 0
      }
    }
    return numbers
  }

  /// Undoes the zigzag code of signed numbers, in which 0, 1, 2, 3 stand for 0, −1, 1, −2.
  static func signed(_ number: UInt32) -> Int {
    number & 1 == 0 ? Int(number >> 1) : -Int(number >> 1) - 1
  }

  /// A set of scalars: gaps and lengths of its runs.
  static func set(_ packed: String) -> ScalarTable<Bool> {
    let numbers = numbers(packed)
    var table = ScalarTable(default: false)
    var end: UInt32 = 0
    for i in stride(from: 0, to: numbers.count, by: 2) {
      let start = end + numbers[i]
      end = start + numbers[i + 1]
      table.set(start..<end, to: true)
    }
    return table
  }

  /// A class for each scalar: gaps, lengths and values of runs; 0 elsewhere.
  static func classes(_ packed: String) -> ScalarTable<UInt8> {
    let numbers = numbers(packed)
    var table = ScalarTable<UInt8>(default: 0)
    var end: UInt32 = 0
    for i in stride(from: 0, to: numbers.count, by: 3) {
      let start = end + numbers[i]
      end = start + numbers[i + 1]
      table.set(start..<end, to: UInt8(truncatingIfNeeded: numbers[i + 2]))
    }
    return table
  }
}
