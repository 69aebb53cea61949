/// Normalizers that look at one scalar at a time.

/// Lowercase scalar by scalar.
struct LowercaseNormalizer: Normalizer {
  private let lowercase = Lowercase.shared

  func normalize(_ segment: inout TextSegment) {
    segment.mapScalars { scalar, output in lowercase.append(scalar, to: &output) }
  }
}

/// Deletes combining marks; accents of composed letters stay.
struct StripAccents: Normalizer {
  private let combiningMarks = ScalarTable<Bool>.combiningMarks

  func normalize(_ segment: inout TextSegment) {
    segment.mapScalars { scalar, output in
      if !combiningMarks[scalar] { output.append(scalar: scalar) }
    }
  }
}

/// SentencePiece's older rule set: control characters go, odd spaces become spaces.
struct NmtNormalizer: Normalizer {
  func normalize(_ segment: inout TextSegment) {
    segment.mapScalars { scalar, output in
      switch scalar {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F:
        break
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
        output.append(UInt8(ascii: " "))
      default:
        output.append(scalar: scalar)
      }
    }
  }
}

/// Removes white space from the ends.
struct Strip: Normalizer {
  let left: Bool
  let right: Bool
  private let whiteSpace = ScalarTable<Bool>.whiteSpace

  init(left: Bool, right: Bool) {
    self.left = left
    self.right = right
  }

  func normalize(_ segment: inout TextSegment) {
    let bytes = segment.bytes
    var start = 0
    var end = bytes.count
    while left, start < end, case let (scalar, length) = bytes.scalar(at: start), whiteSpace[scalar]
    {
      start += length
    }
    while right, start < end, case let last = bytes.startOfScalar(before: end),
      whiteSpace[bytes.scalar(at: last).value]
    {
      end = last
    }
    if start > 0 { segment.beginsText = false }
    if start > 0 || end < bytes.count { segment.bytes = Array(bytes[start..<end]) }
  }
}

/// Puts a text before text that is not empty.
struct Prepend: Normalizer {
  private let prefix: [UInt8]

  init(_ prefix: String) { self.prefix = Array(prefix.utf8) }

  func normalize(_ segment: inout TextSegment) {
    if !segment.bytes.isEmpty { segment.bytes.insert(contentsOf: prefix, at: 0) }
  }
}

extension TextSegment {
  /// Rewrites the text scalar by scalar; `write` appends what takes the scalar's place.
  @inline(__always)
  mutating func mapScalars(_ write: (ScalarValue, inout [UInt8]) -> Void) {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var offset = 0
    while offset < bytes.count {
      let (scalar, length) = bytes.scalar(at: offset)
      write(scalar, &output)
      // What follows a deleted beginning is not the text's beginning.
      if offset == 0, output.isEmpty { beginsText = false }
      offset += length
    }
    bytes = output
  }
}
