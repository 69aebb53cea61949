import TesseraTestSupport

/// The elements of a JSON text, so that it can be changed and stay JSON: values for other values, members
/// left out, moved or written twice. What is wrong then is wrong to those who read the fields, not to the
/// parser.
struct JSONElements: Sendable {
  /// A member with its key, or an item of an array.
  struct Element: Sendable {
    let start: Int
    /// Where its value begins.
    let value: Int
    let end: Int
  }

  private(set) var elements: [Element] = []

  /// Nil for what is not JSON, lies too deep or has no elements.
  init?(_ bytes: [UInt8]) {
    guard let end = scan(bytes, from: skip(bytes, 0), depth: 0), skip(bytes, end) == bytes.count,
      !elements.isEmpty
    else { return nil }
  }

  private func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private func skip(_ bytes: [UInt8], _ start: Int) -> Int {
    var place = min(start, bytes.count)
    while place < bytes.count, isSpace(bytes[place]) { place += 1 }
    return place
  }

  /// Gives where the value ends.
  private mutating func scan(_ bytes: [UInt8], from start: Int, depth: Int) -> Int? {
    guard start < bytes.count, depth < 64 else { return nil }
    switch bytes[start] {
    case UInt8(ascii: "\""): return endOfString(bytes, start)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      let isObject = bytes[start] == UInt8(ascii: "{")
      let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
      var place = skip(bytes, start + 1)
      while place < bytes.count, bytes[place] != close {
        let element = place
        if isObject {
          guard let key = endOfString(bytes, place) else { return nil }
          place = skip(bytes, skip(bytes, key) + 1)
        }
        guard let end = scan(bytes, from: place, depth: depth + 1) else { return nil }
        elements.append(Element(start: element, value: place, end: end))
        place = skip(bytes, end)
        if place < bytes.count, bytes[place] == UInt8(ascii: ",") { place = skip(bytes, place + 1) }
      }
      return place < bytes.count ? place + 1 : nil
    default:
      let ends = Array(",]} \n\r\t".utf8)
      let end = bytes[start...].firstIndex { ends.contains($0) } ?? bytes.count
      return end > start ? end : nil
    }
  }

  private func endOfString(_ bytes: [UInt8], _ start: Int) -> Int? {
    guard start < bytes.count, bytes[start] == UInt8(ascii: "\"") else { return nil }
    var place = start + 1
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    return place < bytes.count ? place + 1 : nil
  }
}

extension Mutator {
  /// The JSON with one to four changes, made from its end on, so that places before them stay.
  mutating func reworked(_ json: [UInt8], _ elements: [JSONElements.Element]) -> [UInt8] {
    var out = json
    var changed = json.count + 1
    let ones = (0..<Int.random(in: 1...4, using: &random)).map { _ in pick(elements) }
    for one in ones.sorted(by: { $0.start > $1.start }) where one.end < changed {
      let other = pick(elements)
      let member = json[one.start..<one.end]
      let comma = CollectionOfOne(UInt8(ascii: ","))
      switch Int.random(in: 0..<8, using: &random) {
      case 0: out.insert(contentsOf: comma + member, at: one.end)
      case 1: out.insert(contentsOf: json[other.start..<other.end] + comma, at: one.start)
      case 2:
        let hasNext = one.end < json.count && json[one.end] == UInt8(ascii: ",")
        out.removeSubrange(one.start..<one.end + (hasNext ? 1 : 0))
      case 3, 4: out.replaceSubrange(one.value..<one.end, with: json[other.value..<other.end])
      default: out.replaceSubrange(one.value..<one.end, with: oddValue())
      }
      changed = one.start
    }
    return out
  }

  private mutating func oddValue() -> [UInt8] { pick(Self.oddValues) }

  private static let oddValues =
    [
      "0", "1", "-1", "2", "3", "7", "65535", "2147483648", "9223372036854775807",
      "9223372036854775808", "18446744073709551616", "1e400", "1e-400", "-0.0", "0.5", "1e5",
      "null",
      "true", "false", "\"\"", "\"7\"", "\"\\ud83d\\udc33\"", "\"\\u0000\"", "[]", "{}", "[[]]",
      "[0,0]", "[1,-1]", "{\"\":0}", "\"gelu\"", "\"bert\"", "\"Sequence\"", "\"(a|b)*\\\\p{L}\"",
    ].map { Array($0.utf8) }
}
