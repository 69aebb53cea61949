import TesseraTestSupport

/// Changes JSON and keeps it JSON: values for other values, members left out, moved or written twice.
/// What is wrong then is wrong to those who read the fields, not to the parser.
struct JSONElements {
  /// Of elements: a member with its key, or an item of an array.
  private(set) var elements: [(start: Int, value: Int, end: Int)] = []

  /// Nil for what is not JSON, or lies too deep.
  init?(_ bytes: some RandomAccessCollection<UInt8>) {
    let bytes = Array(bytes)
    guard let end = scan(bytes, from: skip(bytes, 0), depth: 0), skip(bytes, end) == bytes.count
    else { return nil }
  }

  private func skip(_ bytes: [UInt8], _ start: Int) -> Int {
    bytes[min(start, bytes.count)...].firstIndex { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
      ?? bytes.count
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
        elements.append((element, place, end))
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
  /// The JSON with one to four changes; the same bytes where it is none.
  mutating func reworked(_ json: [UInt8]) -> [UInt8] {
    var json = json
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      guard let elements = JSONElements(json)?.elements, !elements.isEmpty else { break }
      let (one, other) = (pick(elements), pick(elements))
      let member = Array(json[one.start..<one.end])
      switch Int.random(in: 0..<8, using: &random) {
      case 0: json.insert(contentsOf: [UInt8(ascii: ",")] + member, at: one.end)
      case 1: json.insert(contentsOf: member + [UInt8(ascii: ",")], at: other.start)
      case 2:
        let hasNext = one.end < json.count && json[one.end] == UInt8(ascii: ",")
        json.removeSubrange(one.start..<one.end + (hasNext ? 1 : 0))
      case 3, 4: json.replaceSubrange(one.value..<one.end, with: json[other.value..<other.end])
      default: json.replaceSubrange(one.value..<one.end, with: oddValue())
      }
    }
    return json
  }

  private mutating func oddValue() -> [UInt8] {
    let text = pick([
      "0", "1", "-1", "2", "3", "7", "65535", "2147483648", "9223372036854775807",
      "9223372036854775808", "18446744073709551616", "1e400", "1e-400", "-0.0", "0.5", "1e5",
      "null",
      "true", "false", "\"\"", "\"7\"", "\"\\ud83d\\udc33\"", "\"\\u0000\"", "[]", "{}", "[[]]",
      "[0,0]", "[1,-1]", "{\"\":0}", "\"gelu\"", "\"bert\"", "\"Sequence\"", "\"(a|b)*\\\\p{L}\"",
    ])
    return Array(text.utf8)
  }
}
