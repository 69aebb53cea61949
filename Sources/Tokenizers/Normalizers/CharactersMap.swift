import TesseraJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// SentencePiece's precompiled map of characters: a double-array trie over UTF-8, and a heap of
/// NUL-terminated replacements that its values point into.
///
/// It is applied as HF tokenizers does, by grapheme cluster: a cluster of fewer than six bytes that
/// begins with a key is replaced as a whole, even if the key is only its first scalar; any other is
/// replaced scalar by scalar. Of several keys, the shortest counts.
struct CharactersMap: Normalizer {
  private let units: [UInt32]
  private let replacements: [UInt8]
  /// What becomes of each ASCII character on its own; nil: it stays.
  private let asciiReplacements: [Range<Int>?]
  private let clusters = GraphemeClusters.shared

  private static let clusterByteLimit = 6

  /// Takes a map apart: the trie's size in bytes (32 bits, little-endian), its units, and then the
  /// replacements.
  ///
  /// Nil where the bytes are not of that form.
  init?(_ bytes: [UInt8]) {
    func number(at offset: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }
    guard bytes.count >= 4, case let trieSize = Int(number(at: 0)), trieSize >= 4,
      trieSize % 4 == 0, trieSize <= bytes.count - 4
    else { return nil }
    let replacements = Array(bytes[(4 + trieSize)...])
    guard String(validating: replacements, as: UTF8.self) != nil else { return nil }
    units = stride(from: 4, to: 4 + trieSize, by: 4).map(number)
    self.replacements = replacements
    var ascii: [Range<Int>?] = []
    for byte in UInt8(0)..<0x80 {
      ascii.append(Self.replacement(of: [byte], in: 0..<1, units, replacements))
    }
    asciiReplacements = ascii
  }

  func normalize(_ segment: inout TextSegment) {
    let bytes = segment.bytes
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count + bytes.count / 8)
    var start = 0
    while start < bytes.count {
      if isLoneASCII(bytes, at: start) {
        if let range = asciiReplacements[Int(bytes[start])] {
          output += replacements[range]
        } else {
          output.append(bytes[start])
        }
        start += 1
      } else {
        let end = clusters.end(of: bytes, from: start, to: bytes.count)
        replaceCluster(start..<end, of: bytes, into: &output)
        start = end
      }
    }
    segment.bytes = output
  }

  /// Whether an ASCII character is a cluster, as the ASCII character behind it shows.
  @inline(__always)
  private func isLoneASCII(_ bytes: [UInt8], at offset: Int) -> Bool {
    bytes[offset] < 0x80
      && (offset + 1 == bytes.count
        || (bytes[offset + 1] < 0x80 && bytes[offset] != UInt8(ascii: "\r")))
  }

  private func replaceCluster(_ cluster: Range<Int>, of bytes: [UInt8], into output: inout [UInt8])
  {
    if cluster.count < Self.clusterByteLimit, let range = replacement(of: bytes, in: cluster) {
      output += replacements[range]
      return
    }
    var offset = cluster.lowerBound
    while offset < cluster.upperBound {
      let end = offset + bytes.scalar(at: offset).length
      if let range = replacement(of: bytes, in: offset..<end) {
        output += replacements[range]
      } else {
        output += bytes[offset..<end]
      }
      offset = end
    }
  }

  private func replacement(of bytes: [UInt8], in range: Range<Int>) -> Range<Int>? {
    Self.replacement(of: bytes, in: range, units, replacements)
  }

  /// The replacement of the shortest key that `bytes[range]` begins with.
  private static func replacement(
    of bytes: [UInt8], in range: Range<Int>, _ units: [UInt32], _ replacements: [UInt8]
  ) -> Range<Int>? {
    var position = offset(units[0])
    for byte in bytes[range] {
      // U+0000 ends a key.
      guard byte != 0, case let place = position ^ Int(byte), place < units.count,
        case let unit = units[place], unit & 0x8000_00FF == UInt32(byte)
      else { return nil }
      position = place ^ offset(unit)
      guard unit >> 8 & 1 == 1 else { continue }
      guard position < units.count else { return nil }
      return text(at: Int(units[position] & 0x7FFF_FFFF), in: replacements)
    }
    return nil
  }

  /// The replacement from `start` to its NUL; nil where a damaged map points between characters.
  private static func text(at start: Int, in replacements: [UInt8]) -> Range<Int>? {
    guard start <= replacements.count,
      start == replacements.count || !replacements.isContinuation(start)
    else { return nil }
    return start..<(replacements[start...].firstIndex(of: 0) ?? replacements.count)
  }

  private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 0x200) >> 6) }
}

extension Field {
  func charactersMap() throws -> CharactersMap {
    guard let data = Data(base64Encoded: try string()) else { throw wrongType("base64") }
    guard let map = CharactersMap(Array(data)) else {
      throw place.inconsistent("not a map of characters: its parts do not fit its size")
    }
    return map
  }
}
