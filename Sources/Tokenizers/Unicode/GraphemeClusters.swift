/// Extended grapheme clusters by Unicode 17 (UAX #29), as the `unicode-segmentation` crate cuts
/// them.
///
/// Swift's own characters follow whatever Unicode the toolchain brings.
struct GraphemeClusters: Sendable {
  static let shared = GraphemeClusters()

  private let classes = PackedTables.classes(PackedTables.graphemeClasses)

  /// The end of the cluster that begins at `start`.
  func end(of bytes: [UInt8], from start: Int, to limit: Int) -> Int {
    var (scalar, length) = bytes.scalar(at: start)
    var before = graphemeClass(scalar)
    var context = Context()
    var offset = start + length
    while offset < limit {
      context.pass(before)
      (scalar, length) = bytes.scalar(at: offset)
      let after = graphemeClass(scalar)
      if context.breaks(before, after) { return offset }
      before = after
      offset += length
    }
    return offset
  }

  private func graphemeClass(_ scalar: ScalarValue) -> GraphemeClass {
    if Hangul.syllables.contains(scalar) {
      return (scalar - Hangul.syllables.lowerBound) % 28 == 0 ? .hangulLV : .hangulLVT
    }
    return GraphemeClass(rawValue: classes[scalar]) ?? .other
  }
}

/// Grapheme_Cluster_Break, and the classes that rules GB9c and GB11 look for.
///
/// The numbers up to `otherExtend` are the generator's.
private enum GraphemeClass: UInt8 {
  case other, carriageReturn, lineFeed, control, extend, joiner, spacingMark, prepend
  case regionalIndicator, hangulL, hangulV, hangulT, pictographic, consonant
  /// Extend with Indic_Conjunct_Break=Linker, and Extend without Indic_Conjunct_Break.
  case linker, otherExtend
  case hangulLV, hangulLVT

  var isExtend: Bool { self == .extend || self == .linker || self == .otherExtend }
  var isControl: Bool { self == .control || self == .carriageReturn || self == .lineFeed }
}

/// What the rules need to know of the cluster so far.
///
/// All of it lies within the cluster, because no rule that looks further back applies at a
/// cluster's start.
private struct Context {
  private var regionalIndicators = 0
  /// GB11: a pictographic and then only Extend.
  private var followsPictographic = false
  /// GB11: the same, and then a joiner.
  private var followsJoinedPictographic = false
  /// GB9c: a consonant and then only linkers and extenders; whether a linker was among them.
  private var followsConsonant = false
  private var followsLinker = false

  mutating func pass(_ before: GraphemeClass) {
    regionalIndicators = before == .regionalIndicator ? regionalIndicators + 1 : 0

    followsJoinedPictographic = before == .joiner && followsPictographic
    followsPictographic = before == .pictographic || (before.isExtend && followsPictographic)

    switch before {
    case .consonant:
      followsConsonant = true
      followsLinker = false
    case .linker:
      followsLinker = followsConsonant
    case .extend, .joiner:
      break
    default:
      followsConsonant = false
      followsLinker = false
    }
  }

  func breaks(_ before: GraphemeClass, _ after: GraphemeClass) -> Bool {
    switch (before, after) {
    case (.carriageReturn, .lineFeed): false  // GB3
    case _ where before.isControl || after.isControl: true  // GB4, GB5
    case (.hangulL, .hangulL), (.hangulL, .hangulV), (.hangulL, .hangulLV),
      (.hangulL, .hangulLVT):
      false  // GB6
    case (.hangulLV, .hangulV), (.hangulV, .hangulV), (.hangulLV, .hangulT), (.hangulV, .hangulT):
      false  // GB7
    case (.hangulLVT, .hangulT), (.hangulT, .hangulT): false  // GB8
    case _ where after.isExtend || after == .joiner: false  // GB9
    case (_, .spacingMark), (.prepend, _): false  // GB9a, GB9b
    case (_, .consonant): !followsLinker  // GB9c
    case (.joiner, .pictographic): !followsJoinedPictographic  // GB11
    case (.regionalIndicator, .regionalIndicator): regionalIndicators % 2 == 0  // GB12, GB13
    default: true  // GB999
    }
  }
}
