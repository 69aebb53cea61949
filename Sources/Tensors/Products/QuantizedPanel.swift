import TesseraKernels

/// One panel of signed bytes: words, then the scale of each group's columns and their scaled sums,
/// which meet the offsets of the other side.
struct QuantizedPanel {
  let table: KernelTable
  /// Numbers in a column.
  let depth: Int

  private var width: Int { table.panelWidth }
  private var words: Int { WeightFormat.int8Quads.words(depth) }
  private var groups: QuantizationGroups { QuantizationGroups(numbers: depth) }

  /// Of the whole panel.
  var wordCount: Int { (words + 2 * groups.count) * width }

  /// Packs columns that stand as rows of bytes, one row every `words` words.
  ///
  /// - Parameter quantize: writes the bytes of the columns, and the scales of their groups, [columns,
  ///   groups].
  func pack(
    columns count: Int, into out: UnsafeMutableRawPointer,
    _ quantize: (
      _ bytes: UnsafeMutableRawPointer, _ stride: Int, _ scales: UnsafeMutablePointer<Float>
    ) -> Void
  ) {
    if count < width {
      out.initializeMemory(as: UInt8.self, repeating: 0, count: 4 * words * width)
    }
    let columns = (out + 4 * words * width).assumingMemoryBound(to: Float.self)
    columns.initialize(repeating: 0, count: 2 * groups.count * width)
    Scratch.with(floats: count * (words + groups.count)) { scratch in
      let bytes = UnsafeMutableRawPointer(scratch)
      let scales = scratch + count * words
      for i in 0..<count {
        // A last word that the row does not fill.
        (bytes + 4 * ((i + 1) * words - 1)).storeBytes(of: 0, as: UInt32.self)
      }
      quantize(bytes, 4 * words, scales)
      for i in 0..<count {
        for group in 0..<groups.count {
          let numbers = groups.range(group, of: depth)
          let scale = scales[i * groups.count + group]
          let column = columns + 2 * group * width + i
          column[0] = scale
          column[width] =
            scale * Float(sumOfBytes(bytes + (4 * i * words + numbers.lowerBound), numbers.count))
        }
      }
      table.transposeWords(bytes, 4 * words, count, words, out, 4 * width)
    }
  }
}

/// The sum of the signed bytes of a group.
private func sumOfBytes(_ bytes: UnsafeRawPointer, _ count: Int) -> Int32 {
  typealias Lanes = SIMD16<Int8>
  // Of 384 bytes, a lane sees 24.
  var sums = SIMD16<Int16>()
  var i = 0
  while i + Lanes.scalarCount <= count {
    sums &+= SIMD16<Int16>(
      truncatingIfNeeded: (bytes + i).loadUnaligned(as: Lanes.self))
    i += Lanes.scalarCount
  }
  var sum = SIMD16<Int32>(truncatingIfNeeded: sums).wrappedSum()
  while i < count {
    sum &+= Int32((bytes + i).load(as: Int8.self))
    i += 1
  }
  return sum
}
