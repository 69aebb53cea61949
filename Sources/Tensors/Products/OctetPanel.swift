import TesseraKernels

/// One panel of weights of four bits: the sums of each group's columns, which meet the offsets of the
/// other side, then for every 32 rows of weights four rows of words and the scales of their columns in
/// bfloat16: 4½ bits a weight.
struct OctetPanel {
  let width: Int
  /// Numbers in a column.
  let depth: Int

  private var groups: QuantizationGroups {
    QuantizationGroups(numbers: depth, format: .int4Octets)
  }
  private var fourBitGroups: Int {
    WeightFormat.int4Octets.words(depth) / WeightFormat.int4Octets.wordsTogether
  }
  private var sumsByteCount: Int { 4 * groups.count * width }
  /// Of 32 rows of weights.
  private var rowsByteCount: Int { (FourBitGroup.count / 2 + 2) * width }

  /// Of the whole panel.
  var byteCount: Int { sumsByteCount + fourBitGroups * rowsByteCount }

  /// Packs columns, group by group.
  ///
  /// - Parameter forEachGroup: lends each group of each column, by their numbers.
  func pack(
    into out: UnsafeMutableRawPointer,
    _ forEachGroup: (_ body: (_ column: Int, _ group: Int, FourBitGroup) -> Void) -> Void
  ) {
    out.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    let sums = out.assumingMemoryBound(to: Float.self)
    let groupsTogether = groups.words / WeightFormat.int4Octets.wordsTogether
    forEachGroup { column, index, group in
      let rows = out + sumsByteCount + index * rowsByteCount
      let words = group.words
      let (first, line) = (rows + 4 * column, 4 * width)
      first.storeBytes(of: words.0, as: UInt32.self)
      (first + line).storeBytes(of: words.1, as: UInt32.self)
      (first + 2 * line).storeBytes(of: words.2, as: UInt32.self)
      (first + 3 * line).storeBytes(of: words.3, as: UInt32.self)
      (rows + FourBitGroup.count / 2 * width + 2 * column)
        .storeBytes(of: group.brainScale, as: UInt16.self)
      sums[index / groupsTogether * width + column] += group.scale * Float(group.sum)
    }
  }
}
