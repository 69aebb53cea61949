/// The keys of a trie in the order of their bytes, equal ones as they came.
///
/// A vocabulary of a quarter of a million pieces is far larger than the near caches, and the order of
/// its bytes leads all over it. So what is read in that order is first gathered: loads that wait for
/// nothing but memory overlap, where those of comparisons follow one another.
struct SortedKeys {
  /// The spellings, one behind the other.
  private(set) var bytes: [UInt8] = []
  private(set) var keys: [Trie.Key] = []

  init(_ given: [Trie.Key], in bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { bytes in
      keys = Self.order(of: given, in: bytes).map { given[Int($0)] }
      self.bytes.reserveCapacity(keys.reduce(0) { $0 + $1.range.count })
      for i in keys.indices {
        let start = Int32(truncatingIfNeeded: self.bytes.count)
        self.bytes.append(contentsOf: bytes[keys[i].range])
        keys[i] = Trie.Key(
          start: start, end: Int32(truncatingIfNeeded: self.bytes.count), value: keys[i].value)
      }
    }
  }

  /// Indices of the keys, sorted: by their first eight bytes digit by digit, since no processor
  /// foresees how such a comparison ends; most keys differ by then, and the few that do not are
  /// compared.
  private static func order(
    of keys: [Trie.Key], in bytes: UnsafeBufferPointer<UInt8>
  ) -> [Int32] {
    var parts = keys.indices.map {
      Part(bytes[keys[$0].range], index: Int32(truncatingIfNeeded: $0))
    }
    Part.sort(&parts)
    func precedes(_ a: Part, _ b: Part) -> Bool {
      if a.number != b.number { return a.number < b.number }
      let (first, second) = (keys[Int(a.index)].range, keys[Int(b.index)].range)
      let shared = bytes.sharedPrefix(first, second)
      return switch (shared == first.count, shared == second.count) {
      case (true, true): a.index < b.index
      case (true, false): true
      case (false, true): false
      case (false, false): bytes[first.lowerBound + shared] < bytes[second.lowerBound + shared]
      }
    }
    var start = 0
    while start < parts.count {
      var end = start + 1
      while end < parts.count, parts[end].number == parts[start].number { end += 1 }
      if end > start + 1 {
        for i in start..<end {
          let index = parts[i].index
          parts[i] = Part(bytes[keys[Int(index)].range].dropFirst(Part.length), index: index)
        }
        parts[start..<end].sort(by: precedes)
      }
      start = end
    }
    return parts.map(\.index)
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// How many bytes two strings have in common before they differ.
  @inline(__always)
  func sharedPrefix(_ first: Range<Int>, _ second: Range<Int>) -> Int {
    let most = Swift.min(first.count, second.count)
    var count = 0
    while count < most, self[first.lowerBound + count] == self[second.lowerBound + count] {
      count += 1
    }
    return count
  }
}

/// Eight bytes of a key.
private struct Part {
  static let length = 8

  /// Big-endian; zeros stand for what a shorter key lacks.
  let number: UInt64
  /// The key's.
  let index: Int32

  init(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, index: Int32) {
    var number: UInt64 = 0
    for byte in bytes.prefix(Self.length) { number = number << 8 | UInt64(byte) }
    let missing = Self.length - min(bytes.count, Self.length)
    self.number = number << UInt64(8 * missing)
    self.index = index
  }

  /// Sorts by the numbers, and leaves equal ones as they stand: by each byte, from the last.
  static func sort(_ parts: inout [Part]) {
    var counts = Array(repeating: 0, count: length * 256)
    for part in parts {
      for digit in 0..<length { counts[digit * 256 + part.digit(digit)] += 1 }
    }
    var sorted = parts
    for digit in 0..<length {
      let ofDigit = counts[digit * 256..<(digit + 1) * 256]
      // Where one value is everybody's, nothing moves.
      if ofDigit.contains(parts.count) { continue }
      var place = 0
      var places = ofDigit.map { count in
        defer { place += count }
        return place
      }
      for part in parts {
        sorted[places[part.digit(digit)]] = part
        places[part.digit(digit)] += 1
      }
      swap(&parts, &sorted)
    }
  }

  /// The byte at a place, counted from the last.
  @inline(__always)
  private func digit(_ place: Int) -> Int {
    Int(truncatingIfNeeded: number >> UInt64(8 * place) & 0xFF)
  }
}
