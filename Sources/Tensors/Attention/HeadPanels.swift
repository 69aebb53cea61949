import TesseraKernels

/// The keys and values of one head and sequence as attention reads them: panels of `panelWidth`
/// keys, [depth, panelWidth] words each, behind bytes their scales, then panels of `panelWidth`
/// channels, [key words, panelWidth] each.
struct HeadPanels {
  /// Of weights and values.
  let format: WeightFormat
  /// Of queries and keys.
  let keyFormat: WeightFormat
  let shape: AttentionShape
  /// Tokens of the sequence that are keys.
  let count: Int
  /// All of its tokens.
  private let tokenCount: Int
  private let table: KernelTable

  /// Queries that are worked on together: their scores against a block of keys fit into the second
  /// cache.
  static let queryCount = 128

  /// From so many tokens on, scores of bytes save more than quantizing costs.
  static let fewestQuantizedKeys = 384

  /// - Parameter tokenCount: as many as keys if nil.
  init(
    _ shape: AttentionShape, _ format: WeightFormat, count: Int, tokenCount: Int? = nil,
    for table: KernelTable
  ) {
    self.shape = shape
    self.format = format
    // What is subtracted from keys comes from the first ones, some of which causal queries must not
    // know of.
    let isQuantized =
      shape.precision == .int8 && count >= Self.fewestQuantizedKeys && shape.sight.after == nil
      && QuantizationGroups(numbers: shape.headWidth).count == 1
    keyFormat = isQuantized ? .int8Quads : format
    self.count = count
    self.tokenCount = tokenCount ?? count
    self.table = table
  }

  private var width: Int { table.panelWidth }
  /// Words of a key or a query.
  private var depth: Int { keyFormat.words(shape.headWidth) }
  private var quantizedPanel: QuantizedPanel {
    QuantizedPanel(table: table, depth: shape.headWidth)
  }
  /// Words from one panel of keys to the next.
  private var keyPanelWords: Int {
    keyFormat == .int8Quads ? quantizedPanel.wordCount : depth * width
  }
  private var keyWordCount: Int { (count + width - 1) / width * keyPanelWords }
  private var valueWordCount: Int {
    shape.headWidth.roundedUp(to: width) * format.words(count)
  }
  /// Of keys and values together, and of what is subtracted from keys.
  var wordCount: Int { keyWordCount + valueWordCount + keyMeanCount }
  private var keyMeanCount: Int { keyFormat == .int8Quads ? shape.headWidth : 0 }

  /// Packs some keys, [keys, D], the sequence's first ones before others.
  ///
  /// - Precondition: the first is that of a panel.
  func packKeys(
    _ k: UnsafePointer<Float>, stride: Int, keys: Range<Int>,
    into packed: UnsafeMutablePointer<Float>
  ) {
    precondition(keys.lowerBound.isMultiple(of: width), "keys \(keys) in panels of \(width)")
    let keyMean = packed + keyWordCount + valueWordCount
    if keyFormat == .int8Quads, keys.lowerBound == 0 {
      average(k, stride: stride, count: min(width, keys.count), into: keyMean)
    }
    var out = packed + keys.lowerBound / width * keyPanelWords
    for panel in (0..<keys.count).pieces(of: width) {
      let rows = k + panel.lowerBound * stride
      if keyFormat == .int8Quads {
        quantizePanel(rows, stride: stride, count: panel.count, minus: keyMean, into: out)
      } else {
        packPanel(rows, stride: stride, count: panel.count, into: out)
      }
      out += keyPanelWords
    }
  }

  private func average(
    _ k: UnsafePointer<Float>, stride: Int, count: Int, into mean: UnsafeMutablePointer<Float>
  ) {
    mean.update(repeating: 0, count: shape.headWidth)
    for key in 0..<count {
      for i in 0..<shape.headWidth { mean[i] += k[key * stride + i] / Float(count) }
    }
  }

  /// Quantizes the difference of keys from what they have in common, which takes the same from all
  /// scores of a query: a softmax does not see it, and a channel in which all keys are large would make
  /// the others coarse (Zhang et al., "SageAttention").
  private func quantizePanel(
    _ k: UnsafePointer<Float>, stride: Int, count: Int, minus mean: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    Scratch.with(floats: shape.headWidth) { difference in
      quantizedPanel.pack(columns: count, into: out) { bytes, byteStride, scales in
        for key in 0..<count {
          for i in 0..<shape.headWidth { difference[i] = k[key * stride + i] - mean[i] }
          scales[key] = table.quantizeSymmetric(
            difference, bytes + key * byteStride, shape.headWidth)
        }
      }
    }
  }

  private func packPanel(
    _ k: UnsafePointer<Float>, stride: Int, count: Int, into out: UnsafeMutablePointer<Float>
  ) {
    if count < width { out.update(repeating: 0, count: width * depth) }
    guard keyFormat == .bf16Pairs else {
      table.transposeWords(k, 4 * stride, count, depth, out, 4 * width)
      return
    }
    Scratch.with(floats: count * depth) { words in
      for i in 0..<count { table.narrow(k + i * stride, words + i * depth, shape.headWidth) }
      table.transposeWords(words, 4 * depth, count, depth, out, 4 * width)
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

  /// Floats that `attend` needs besides, for so many queries.
  func scratchCount(queries: Int) -> Int {
    // Their scores, two numbers for each, and their words and scales.
    queries * (min(AttentionProduct.keyBlock, count) + 2 + depth + 2)
  }

  /// The keys that queries meet: those that any query of their block of `queryCount` sees, from the
  /// start of a panel on. A query's sums so have one order, whatever others are asked for.
  private func keys(for queries: Range<Int>) -> Range<Int> {
    let block = queries.lowerBound / Self.queryCount * Self.queryCount
    let seen = shape.sight.keys(
      of: block..<min(block + Self.queryCount, tokenCount), count: count)
    return seen.lowerBound / width * width..<seen.upperBound
  }

  /// The result of some queries of one block of `queryCount`: [queries, D] → [queries, D].
  func attend(
    _ q: UnsafePointer<Float>, stride: Int, head: Int, queries: Range<Int>,
    _ packed: UnsafePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    let count = queries.count
    let words = scratch + count * (min(AttentionProduct.keyBlock, self.count) + 2)
    let scales = words + count * depth
    for row in 0..<count {
      switch keyFormat {
      case .int8Quads:
        table.quantize(q + row * stride, words + row * depth, shape.headWidth, scales + 2 * row)
      case .bf16Pairs: table.narrow(q + row * stride, words + row * depth, shape.headWidth)
      case .f32, .f16, .bf16, .int4Octets: break
      }
    }
    let isConverted = keyFormat == .int8Quads || keyFormat == .bf16Pairs
    let keys = keys(for: queries)
    shape.withBias(of: head) { bias, reach in
      table.attention(
        AttentionProduct(
          format: format, keyFormat: keyFormat, q: isConverted ? UnsafePointer(words) : q,
          queryScales: keyFormat == .int8Quads ? UnsafePointer(scales) : nil,
          qStride: isConverted ? depth : stride, queries: count, headWidth: shape.headWidth,
          keys: keys, packedKeys: packed,
          keyPanelWords: keyPanelWords, packedValues: packed + keyWordCount,
          valueRows: format.words(self.count), scale: shape.scale,
          firstQuery: queries.lowerBound, keysBefore: shape.sight.before,
          keysAfter: shape.sight.after, bias: bias, biasReach: reach, scratch: scratch, out: out,
          outStride: shape.channels))
    }
  }
}

extension AttentionShape {
  /// Lends the biases of a head, and how far they reach.
  fileprivate func withBias(of head: Int, _ body: (UnsafePointer<Float>?, Int) -> Void) {
    guard let bias else { return body(nil, 0) }
    bias.values.withElements { values in
      body(values.baseAddress.map { $0 + head * bias.values.rowWidth }, bias.reach)
    }
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
