import Kernels

/// The keys and values of one head and sequence as attention reads them: panels of `panelWidth`
/// keys, [depth, panelWidth] words each, then panels of `panelWidth` channels,
/// [key words, panelWidth] each.
struct HeadPanels {
  let format: WeightFormat
  let shape: AttentionShape
  /// Tokens of the sequence.
  let count: Int
  private let table: KernelTable

  /// Queries that are worked on together: their scores against a block of keys fit into the second
  /// cache.
  static let queryCount = 128

  init(_ shape: AttentionShape, _ format: WeightFormat, count: Int, for table: KernelTable) {
    self.shape = shape
    self.format = format
    self.count = count
    self.table = table
  }

  private var width: Int { table.panelWidth }
  /// Words of a key or a query.
  var depth: Int { format.words(shape.headWidth) }
  private var keyWordCount: Int { count.roundedUp(to: width) * depth }
  private var valueWordCount: Int {
    shape.headWidth.roundedUp(to: width) * format.words(count)
  }
  /// Of keys and values together.
  var wordCount: Int { keyWordCount + valueWordCount }

  /// Packs some keys, [keys, D].
  ///
  /// - Precondition: the first is that of a panel.
  func packKeys(
    _ k: UnsafePointer<Float>, stride: Int, keys: Range<Int>,
    into packed: UnsafeMutablePointer<Float>
  ) {
    precondition(keys.lowerBound.isMultiple(of: width), "keys \(keys) in panels of \(width)")
    let out = packed + keys.lowerBound * depth
    if !keys.count.isMultiple(of: width) {
      (out + keys.count / width * width * depth).update(repeating: 0, count: width * depth)
    }
    guard format == .bf16Pairs else {
      transpose(k, stride, keys.count, into: out)
      return
    }
    Scratch.with(floats: keys.count * depth) { words in
      narrow(k, stride: stride, count: keys.count, into: words)
      transpose(words, depth, keys.count, into: out)
    }
  }

  private func transpose(
    _ rows: UnsafePointer<Float>, _ stride: Int, _ count: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    for key in Swift.stride(from: 0, to: count, by: width) {
      table.transposeWords(
        rows + key * stride, 4 * stride, min(width, count - key), depth, out + key * depth,
        4 * width)
    }
  }

  /// Packs the values of some keys, [keys, D].
  ///
  /// - Precondition: the first begins a word.
  func packValues(
    _ v: UnsafePointer<Float>, stride: Int, keys: Range<Int>,
    into packed: UnsafeMutablePointer<Float>
  ) {
    let step = format.numbersPerWord
    precondition(keys.lowerBound.isMultiple(of: step), "keys \(keys) in words of \(step)")
    var panel = packed + keyWordCount + keys.lowerBound / step * width
    for channel in Swift.stride(from: 0, to: shape.headWidth, by: width) {
      let channels = min(width, shape.headWidth - channel)
      var out = panel
      for key in Swift.stride(from: 0, to: keys.count, by: step) {
        let row = v + key * stride + channel
        if format == .bf16Pairs {
          table.pair(row, key + 1 < keys.count ? row + stride : nil, out, channels)
        } else {
          out.update(from: row, count: channels)
        }
        if channels < width { (out + channels).update(repeating: 0, count: width - channels) }
        out += width
      }
      panel += format.words(count) * width
    }
  }

  /// Numbers of some queries or keys as words: [rows, D] → [rows, depth].
  func narrow(
    _ x: UnsafePointer<Float>, stride: Int, count: Int, into words: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<count { table.narrow(x + row * stride, words + row * depth, shape.headWidth) }
  }

  /// Floats that `attend` needs besides, for so many queries.
  func scratchCount(queries: Int) -> Int {
    // Their scores, and two numbers for each.
    queries * (min(AttentionProduct.keyBlock, count) + 2)
  }

  /// The result of some queries, at most `queryCount`: [queries, depth] words → [queries, D].
  func attend(
    _ q: UnsafePointer<Float>, stride: Int, queries: Range<Int>, _ packed: UnsafePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    table.attention(
      AttentionProduct(
        format: format, q: q, qStride: stride, queries: queries.count, headWidth: shape.headWidth,
        keys: shape.isCausal ? queries.upperBound : count, packedKeys: packed,
        packedValues: packed + keyWordCount, valueRows: format.words(count), scale: shape.scale,
        firstQuery: shape.isCausal ? queries.lowerBound : nil, scratch: scratch, out: out,
        outStride: shape.channels))
  }
}

extension Range<Int> {
  /// Cut into pieces of a length, the last one shorter.
  func pieces(of length: Int) -> [Range<Int>] {
    stride(from: lowerBound, to: upperBound, by: length).map {
      $0..<Swift.min($0 + length, upperBound)
    }
  }
}
