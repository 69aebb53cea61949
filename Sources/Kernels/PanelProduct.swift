/// How packed weights are stored, and with it, what activations they meet.
///
/// A product goes through memory in words of 32 bits, of which each lane of a register takes one:
/// one number in float32, two in bfloat16, or four of a byte.
package enum WeightFormat: Sendable {
  /// Float32 arithmetic: a word is one number. 16-bit weights take half a word and are widened,
  /// exactly.
  case f32, f16, bf16
  /// Pairs of bfloat16 numbers on both sides, summed in float32.
  case bf16Pairs
  /// Four bytes a word, summed in int32: signed weights with a scale for each column and group of
  /// words, unsigned activations with a scale and an offset for each row and group.
  case int8Quads
  /// Eight weights of four bits in a word, unsigned with 8 for zero, that meet two words of four
  /// unsigned bytes: summed in int32 over 32 numbers, which have a scale of their own.
  case int4Octets

  /// Bytes of weights that meet one word of activations.
  package var byteCount: Int {
    switch self {
    case .f16, .bf16, .int4Octets: 2
    case .f32, .bf16Pairs, .int8Quads: 4
    }
  }

  /// Numbers in a word of activations.
  package var numbersPerWord: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .bf16Pairs: 2
    case .int8Quads, .int4Octets: 4
    }
  }

  /// Words that are not read one without the others.
  package var wordsTogether: Int { self == .int4Octets ? 8 : 1 }

  /// Words that hold so many numbers; the last ones are filled up with zeros.
  package func words(_ numbers: Int) -> Int {
    let numbersTogether = numbersPerWord * wordsTogether
    return (numbers + numbersTogether - 1) / numbersTogether * wordsTogether
  }
}

/// How the depth of a product of bytes is cut: each group has scales of its own, so that one large
/// number makes only its neighbours coarse.
package struct QuantizationGroups: Sendable, Equatable {
  package let count: Int
  /// Words in a group; the last may have fewer.
  package let words: Int

  /// - Parameters:
  ///   - numbers: the depth.
  ///   - format: of weights that meet bytes.
  package init(numbers: Int, format: WeightFormat = .int8Quads) {
    let depth = format.words(numbers)
    let words: Int
    // One group for a long row would cost accuracy, and many cost time: each group's sums are
    // scaled and added up in memory.
    switch depth {
    case ...Self.fewest: words = max(1, depth)
    case ...(2 * Self.most): words = (depth + 1) / 2
    default: words = Self.most
    }
    let together = format.wordsTogether
    self.words = (words + together - 1) / together * together
    count = max(1, (depth + self.words - 1) / self.words)
  }

  /// 256 numbers, which are not cut.
  private static let fewest = 64
  /// 384 numbers.
  private static let most = 96

  /// The numbers of a group.
  package func range(_ group: Int, of numbers: Int) -> Range<Int> {
    min(4 * words * group, numbers)..<min(4 * words * (group + 1), numbers)
  }
}

/// What becomes of a product's elements once they are summed.
package enum Epilogue: Sendable {
  case none
  /// x·Φ(x), by the error function.
  case gelu
  /// x·σ(1.702 x)
  case quickGELU
  /// max(x, 0)
  case relu
  /// ½x(1 + tanh(√(2/π)(x + 0.044715 x³)))
  case tanhGELU
  /// x·σ(x)
  case silu
}

/// Rows of activations times one panel of weights: C ← epilogue(bias + A·B) + residual, or
/// C += A·B, then without bias.
///
/// A panel holds `KernelTable.panelWidth` columns of B, row after row of B, so that a kernel reads
/// it from its first byte to its last. Columns beyond `columns` are zeros in the panel and are not
/// written to C. Behind the words of `.int8Quads` stand, for each group, two rows of float32 numbers:
/// each column's scale, and the scaled sum of its weights, which meets a row's offset. A panel of
/// `.int4Octets` begins with these sums, a row of float32 numbers for each group, and has a row of
/// bfloat16 scales behind each four rows of words.
///
/// Each element of C is summed in one order, from the first to the last of `depth`, whatever the
/// number of rows: the same bits in any batch.
///
/// Holds addresses and numbers only, so that passing it takes no code that targets would share.
package struct PanelProduct {
  /// [rows, depth] words, row-major.
  package var a: UnsafeRawPointer
  /// Words from one row to the next.
  package var aStride: Int
  package var rows: Int
  /// Words in a row.
  package var depth: Int
  /// [depth, panelWidth] words, or half words.
  package var panel: UnsafeRawPointer
  package var format: WeightFormat
  /// A panel of the same size that this thread probably reads next: fetched to the second cache
  /// meanwhile, without effect on any number.
  package var next: UnsafeRawPointer?
  /// Of bytes: scale and offset of each row and group, [rows, groups, 2].
  package var rowScales: UnsafePointer<Float>?
  package var groups: QuantizationGroups?
  /// Of `.int4Octets`: for each 32 numbers of a row their scale, and −8 times the sum of their bytes,
  /// [rows, depth / 8, 2].
  package var octetScales: UnsafePointer<Float>?
  /// [rows, columns], row-major.
  package var c: UnsafeMutablePointer<Float>
  package var cStride: Int
  package var columns: Int
  /// Whether sums start with what C holds, rather than with 0.
  package var accumulates = false
  /// [columns]
  package var bias: UnsafePointer<Float>?
  package var epilogue = Epilogue.none
  /// Added last; rows stand as those of C do.
  package var residual: UnsafePointer<Float>?
  /// Multiply-adds in one chain of float32; nil for what suits the depth.
  package var chain: Int?

  package init(
    a: UnsafeRawPointer, aStride: Int, rows: Int, depth: Int,
    panel: UnsafeRawPointer, format: WeightFormat,
    c: UnsafeMutablePointer<Float>, cStride: Int, columns: Int
  ) {
    self.a = a
    self.aStride = aStride
    self.rows = rows
    self.depth = depth
    self.panel = panel
    self.format = format
    self.c = c
    self.cStride = cStride
    self.columns = columns
  }
}
