import TesseraTestSupport

/// Changes files the way that finds mistakes in readers: lengths, offsets and numbers in text first,
/// then bytes, blocks and ends.
struct Mutator {
  var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: elements.indices, using: &random)]
  }

  /// One of the samples with one to six changes, now and then the end of another behind its
  /// beginning; JSON is mostly changed so that it stays JSON.
  mutating func mutant(of samples: [Sample], words: [[UInt8]]) -> [UInt8] {
    let sample = pick(samples)
    var bytes = sample.bytes
    if let json = sample.json, Int.random(in: 0..<4, using: &random) > 0 {
      let text = reworked(json.text, json.elements)
      bytes.replaceSubrange(json.place, with: text)
      // What stands before it is its length.
      if json.place.lowerBound == 8, Bool.random(using: &random) {
        for i in 0..<8 { bytes[i] = UInt8(truncatingIfNeeded: text.count >> (8 * i)) }
      }
      return bytes
    }
    if Int.random(in: 0..<16, using: &random) == 0 {
      let other = pick(samples).bytes
      bytes = Array(bytes.prefix(place(in: bytes)) + other.dropFirst(place(in: other)))
    }
    for _ in 0..<Int.random(in: 1...6, using: &random) { change(&bytes, words) }
    return bytes
  }

  private mutating func place(in bytes: [UInt8]) -> Int {
    // Headers stand at the beginning, directories at the end; most mutants change one of them.
    switch Int.random(in: 0..<4, using: &random) {
    case 0: Int.random(in: 0...min(bytes.count, 64), using: &random)
    case 1: bytes.count - Int.random(in: 0...min(bytes.count, 64), using: &random)
    default: Int.random(in: 0...bytes.count, using: &random)
    }
  }

  private mutating func change(_ bytes: inout [UInt8], _ words: [[UInt8]]) {
    let start = place(in: bytes)
    let length = Int.random(in: 0...min(bytes.count - start, 40), using: &random)
    switch Int.random(in: 0..<10, using: &random) {
    case 0: overwrite(&bytes, start, number(byteCount: pick([1, 2, 4, 8])))
    case 1: nudge(&bytes, start)
    case 2: replaceNumber(&bytes, from: start)
    case 3 where start < bytes.count: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 4 where start < bytes.count: bytes[start] = UInt8.random(in: 0...255, using: &random)
    case 5: bytes.removeSubrange(start..<start + length)
    case 6: bytes.insert(contentsOf: bytes[start..<start + length], at: place(in: bytes))
    case 7: bytes.removeLast(bytes.count - start)
    case 8 where !words.isEmpty: bytes.insert(contentsOf: pick(words), at: start)
    case 9 where !words.isEmpty: overwrite(&bytes, start, pick(words))
    default: overwrite(&bytes, start, [UInt8](repeating: pick([0, 255]), count: length))
    }
  }

  private func overwrite(_ bytes: inout [UInt8], _ start: Int, _ new: [UInt8]) {
    for (i, byte) in new.enumerated() where start + i < bytes.count { bytes[start + i] = byte }
  }

  /// A length, an offset or a count that a reader may not have thought of, in either order of bytes.
  private mutating func number(byteCount: Int) -> [UInt8] {
    let value: UInt64 = pick([
      0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
      .max / 2, .max / 2 + 1, .max, .max - 7, 1 << 40, UInt64.random(in: 0...4096, using: &random),
    ])
    let little = (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    return Bool.random(using: &random) ? little : little.reversed()
  }

  /// Adds a little to a number of one, two or four bytes.
  private mutating func nudge(_ bytes: inout [UInt8], _ start: Int) {
    let count = pick([1, 2, 4])
    guard start + count <= bytes.count else { return }
    var value = (0..<count).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
    value &+= UInt32(bitPattern: Int32.random(in: -8...8, using: &random))
    for i in 0..<count { bytes[start + i] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(i))) }
  }

  /// Puts another number, or another kind of value, where the next digits of a text stand.
  private mutating func replaceNumber(_ bytes: inout [UInt8], from start: Int) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let first = bytes[start...].firstIndex(where: { digits.contains($0) }) else { return }
    let end = bytes[first...].firstIndex { !digits.contains($0) } ?? bytes.count
    let text = pick([
      "0", "1", "-1", "2147483648", "9223372036854775807", "9223372036854775808", "1e400", "1e-400",
      "18446744073709551616", "0.5", "null", "true", "\"7\"", "[]", "{}", "[[[[1]]]]", "",
    ])
    bytes.replaceSubrange(first..<end, with: Array(text.utf8))
  }
}
