/// Turns UTF-16, as PowerShell and Windows' editors write it, into UTF-8 as it comes.
struct UTF16Bytes {
  private let isBigEndian: Bool
  /// Of a unit or a pair whose rest has not come yet.
  private var rest: [UInt8] = []

  /// Nil for bytes that begin no UTF-16: neither with a byte order mark nor with a zero in one of the
  /// first two bytes, which no other text has.
  init?(beginningOf bytes: [UInt8]) {
    guard bytes.count >= 2 else { return nil }
    switch (bytes[0], bytes[1]) {
    case (0xFF, 0xFE), (0x01..., 0): isBigEndian = false
    case (0xFE, 0xFF), (0, 0x01...): isBigEndian = true
    default: return nil
    }
  }

  /// What has come whole, in UTF-8; the half of a pair that stands alone becomes bytes that are no
  /// UTF-8, so that it is refused where it is read.
  mutating func utf8(of bytes: [UInt8]) -> [UInt8] {
    rest += bytes
    var out: [UInt8] = []
    out.reserveCapacity(rest.count)
    var position = 0
    func unit(at position: Int) -> UInt32? {
      guard position + 1 < rest.count else { return nil }
      let (first, second) = (UInt32(rest[position]), UInt32(rest[position + 1]))
      return isBigEndian ? first << 8 | second : second << 8 | first
    }
    while let first = unit(at: position) {
      var value = first
      if (0xD800...0xDBFF).contains(first) {
        guard let second = unit(at: position + 2) else { break }
        if (0xDC00...0xDFFF).contains(second) {
          value = 0x1_0000 + (first - 0xD800) << 10 + (second - 0xDC00)
          position += 2
        }
      }
      position += 2
      Self.append(value, to: &out)
    }
    rest.removeFirst(position)
    return out
  }

  /// What is left at the end of the file: something only where it is cut.
  var isCut: Bool { !rest.isEmpty }

  private static func append(_ value: UInt32, to out: inout [UInt8]) {
    func continuation(_ shift: UInt32) -> UInt8 { UInt8(0x80 | value >> shift & 0x3F) }
    switch value {
    case ..<0x80: out.append(UInt8(value))
    case ..<0x800: out += [UInt8(0xC0 | value >> 6), continuation(0)]
    case ..<0x1_0000: out += [UInt8(0xE0 | value >> 12), continuation(6), continuation(0)]
    default:
      out += [UInt8(0xF0 | value >> 18), continuation(12), continuation(6), continuation(0)]
    }
  }
}
