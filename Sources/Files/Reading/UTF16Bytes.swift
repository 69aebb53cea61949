/// Turns UTF-16, as PowerShell and Windows' editors write it, into UTF-8 as it comes.
struct UTF16Bytes {
  private let isBigEndian: Bool
  /// Of a unit or a pair whose rest has not come yet.
  private var rest: [UInt8] = []

  /// Bytes by which it is told where there is no byte order mark.
  private static let sample = 1 << 10

  /// Nil for bytes that begin no UTF-16: neither with a byte order mark nor, as far as the sample goes,
  /// with zeros in most second places and in few others.
  init?(beginningOf bytes: [UInt8]) {
    guard bytes.count >= 2 else { return nil }
    switch (bytes[0], bytes[1]) {
    case (0xFF, 0xFE): isBigEndian = false
    case (0xFE, 0xFF): isBigEndian = true
    case (0x01..., 0) where Self.hasZeros(at: 1, in: bytes): isBigEndian = false
    case (0, 0x01...) where Self.hasZeros(at: 0, in: bytes): isBigEndian = true
    default: return nil
    }
  }

  /// Whether more bytes could still show that it is UTF-16, or that it is not.
  static func isUndecided(_ bytes: [UInt8]) -> Bool {
    bytes.count < 2 || bytes.count < sample && (bytes[0] == 0) != (bytes[1] == 0)
  }

  /// A zero alone may stand in any file; letters of Europe have one each, and so has JSON's syntax.
  private static func hasZeros(at place: Int, in bytes: [UInt8]) -> Bool {
    guard bytes.count >= sample || bytes.count.isMultiple(of: 2) else { return false }
    let units = min(bytes.count, sample) / 2
    let there = (0..<units).count { bytes[2 * $0 + place] == 0 }
    let elsewhere = (0..<units).count { bytes[2 * $0 + 1 - place] == 0 }
    return elsewhere * 10 <= units && there * 4 >= units * 3
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

extension String {
  /// The text of a file: UTF-8, or UTF-16 by its first bytes, without its byte order mark; nil for what
  /// is neither.
  package init?(file bytes: UnsafeRawBufferPointer) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    guard var utf16 = UTF16Bytes(beginningOf: Array(bytes)) else {
      self.init(
        validating: bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0), as: UTF8.self)
      return
    }
    let utf8 = utf16.utf8(of: Array(bytes))
    guard !utf16.isCut else { return nil }
    self.init(validating: utf8.dropFirst(utf8.starts(with: mark) ? mark.count : 0), as: UTF8.self)
  }
}
