/// NFC, NFD, NFKC and NFKD, by the Unicode version of the reference's library.
struct UnicodeNormalizer: Normalizer {
  enum Form: Sendable { case nfc, nfd, nfkc, nfkd }

  private let decomposition: Decomposition
  private let composition: Composition?
  /// Scalars below this never change and never join the scalar before them.
  private let inertLimit: ScalarValue

  init(_ form: Form) {
    switch form {
    case .nfc, .nfd: decomposition = .canonical
    case .nfkc, .nfkd: decomposition = .compatibility
    }
    switch form {
    case .nfc, .nfkc: composition = .shared
    case .nfd, .nfkd: composition = nil
    }
    inertLimit = form == .nfc ? 0x300 : 0xA0
  }

  func normalize(_ segment: inout TextSegment) {
    let bytes = segment.bytes
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var start = 0
    while start < bytes.count {
      let inertEnd = endOfInertRun(in: bytes, from: start)
      output += bytes[start..<inertEnd]
      let end = endOfOtherRun(in: bytes, from: inertEnd)
      normalize(bytes, inertEnd..<end, into: &output)
      start = end
    }
    segment.bytes = output
  }

  private func normalize(_ bytes: [UInt8], _ range: Range<Int>, into output: inout [UInt8]) {
    guard let composition else {
      decomposition.forEachScalar(of: bytes, in: range) { output.append(scalar: $0) }
      return
    }
    var scalars: [ScalarValue] = []
    scalars.reserveCapacity(range.count)
    decomposition.forEachScalar(of: bytes, in: range) { scalars.append($0) }
    composition.compose(&scalars)
    for scalar in scalars { output.append(scalar: scalar) }
  }

  /// The end of the inert scalars from `start`, but for the last one if a mark may follow it.
  private func endOfInertRun(in bytes: [UInt8], from start: Int) -> Int {
    var last = start
    var offset = start
    while offset < bytes.count {
      let (scalar, length) = bytes.scalar(at: offset)
      if scalar >= inertLimit { return last }
      last = offset
      offset += length
    }
    return offset
  }

  /// The end of the scalars from `start` that may change: the first of them is taken as one, then
  /// all up to the next inert scalar.
  private func endOfOtherRun(in bytes: [UInt8], from start: Int) -> Int {
    var offset = start
    while offset < bytes.count {
      let (scalar, length) = bytes.scalar(at: offset)
      if scalar < inertLimit, offset > start { break }
      offset += length
    }
    return offset
  }
}
