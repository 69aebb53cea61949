/// BERT's normalizer: control characters go, every ideograph becomes a word, accents go, letters
/// become lowercase; each step may be switched off.
struct BertNormalizer: Normalizer {
  let cleansText: Bool
  let spacesIdeographs: Bool
  let stripsAccents: Bool
  let lowercases: Bool

  private let controls = ScalarTable<Bool>.controls
  private let whiteSpace = ScalarTable<Bool>.whiteSpace
  private let nonspacingMarks = ScalarTable<Bool>.nonspacingMarks
  private let lowercase = Lowercase.shared
  private let decomposition = Decomposition.canonical

  /// Builds one; where `stripsAccents` is nil, accents are stripped if `lowercases` is true.
  init(
    cleansText: Bool = true, spacesIdeographs: Bool = true, stripsAccents: Bool? = nil,
    lowercases: Bool = true
  ) {
    self.cleansText = cleansText
    self.spacesIdeographs = spacesIdeographs
    self.stripsAccents = stripsAccents ?? lowercases
    self.lowercases = lowercases
  }

  func normalize(_ segment: inout TextSegment) {
    if cleansText || spacesIdeographs { cleanAndSpace(&segment) }
    if stripsAccents {
      stripAccents(&segment)
    } else if lowercases {
      segment.mapScalars { scalar, output in lowercase.append(scalar, to: &output) }
    }
  }

  private func cleanAndSpace(_ segment: inout TextSegment) {
    let space = UInt8(ascii: " ")
    segment.mapScalars { scalar, output in
      if scalar >= 0x20, scalar < 0x7F {
        output.append(UInt8(truncatingIfNeeded: scalar))
      } else if cleansText, controls[scalar] {
        // Deleted.
      } else if cleansText, whiteSpace[scalar] {
        output.append(space)
      } else if spacesIdeographs, Self.isIdeograph(scalar) {
        output.append(space)
        output.append(scalar: scalar)
        output.append(space)
      } else {
        output.append(scalar: scalar)
      }
    }
  }

  /// Decomposes, drops the marks, and makes lowercase what is left.
  private func stripAccents(_ segment: inout TextSegment) {
    let bytes = segment.bytes
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    decomposition.forEachScalar(of: bytes, in: 0..<bytes.count) { scalar in
      if nonspacingMarks[scalar] {
        // What follows a deleted beginning is not the text's beginning.
        if output.isEmpty { segment.beginsText = false }
      } else if lowercases {
        lowercase.append(scalar, to: &output)
      } else {
        output.append(scalar: scalar)
      }
    }
    segment.bytes = output
  }

  /// The reference's ideographs; that 2B820–2B91F is missing is its own slip.
  private static func isIdeograph(_ scalar: ScalarValue) -> Bool {
    switch scalar {
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B81F,
      0x2B920...0x2CEAF, 0x2F800...0x2FA1F:
      true
    default:
      false
    }
  }
}
