import TesseraKernels

/// Keys and values of the tokens that a layer of a decoder has read, for those that follow.
///
/// They stand in blocks, laid out as attention reads them: what comes is added, and nothing that is
/// there is copied, unless another copy of the cache goes on with it.
package struct KeyValueBlocks: Sendable {
  package let shape: AttentionShape
  /// Tokens that were read.
  package private(set) var count = 0
  private let layout: Layout
  private var blocks: [[Float]] = []

  /// - Precondition: a token sees all before it and none behind it, and scores get nothing by distance.
  package init(_ shape: AttentionShape) {
    precondition(shape.sight == .causal && shape.bias == nil, "a cache for \(shape.sight)")
    self.shape = shape
    layout = Layout(shape, for: .active)
  }

  /// Adds the keys and values of the next tokens.
  ///
  /// - Parameter qkv: queries, keys and values side by side, as the shape has them.
  package mutating func append(_ qkv: Tensor) {
    precondition(qkv.shape.count == 2 && qkv.rowWidth == shape.inputChannels, "\(qkv.shape)")
    let end = count + qkv.rowCount
    while blocks.count * Layout.tokens < end {
      blocks.append([Float](repeating: 0, count: shape.keyHeads * layout.headWords))
    }
    let (layout, shape, start) = (layout, shape, count)
    qkv.withElements { x in
      guard let x = x.baseAddress else { return }
      for block in start / Layout.tokens..<(end + Layout.tokens - 1) / Layout.tokens {
        let first = block * Layout.tokens
        let tokens = max(start, first)..<min(end, first + Layout.tokens)
        blocks[block].withUnsafeMutableBufferPointer { words in
          guard let words = words.baseAddress else { return }
          Parallel.forEach(shape.keyHeads) { head in
            for token in tokens {
              let key = x + (token - start) * shape.inputChannels + shape.channels
              layout.store(
                key: key + head * shape.headWidth,
                value: key + shape.keyChannels + head * shape.headWidth, at: token - first,
                in: words + head * layout.headWords)
            }
          }
        }
      }
    }
    count = end
  }

  /// Forgets all but the first tokens.
  package mutating func truncate(to count: Int) {
    precondition((0...self.count).contains(count), "\(count) of \(self.count) tokens")
    blocks.removeLast(blocks.count - (count + Layout.tokens - 1) / Layout.tokens)
    self.count = count
  }

  /// Lends where the blocks of each head stand, [heads of keys, blocks].
  fileprivate func withAddresses(_ body: (UnsafePointer<UnsafeRawPointer>) -> Void) {
    func lend(_ lent: [UnsafeRawPointer]) {
      guard lent.count == blocks.count else {
        blocks[lent.count].withUnsafeBytes {
          if let start = $0.baseAddress { lend(lent + [start]) }
        }
        return
      }
      let ofHeads = (0..<shape.keyHeads).flatMap { head in
        lent.map { $0 + 4 * head * layout.headWords }
      }
      ofHeads.withUnsafeBufferPointer { if let start = $0.baseAddress { body(start) } }
    }
    lend([])
  }

  /// Queries of one head, which stand behind one another and were added last.
  ///
  /// - Parameters:
  ///   - tokens: their places among all tokens.
  ///   - q: the first of them.
  ///   - addresses: of the blocks of its keys.
  fileprivate func attend(
    _ tokens: Range<Int>, _ q: UnsafePointer<Float>, _ addresses: UnsafePointer<UnsafeRawPointer>,
    into out: UnsafeMutablePointer<Float>
  ) {
    let (depth, queries) = (layout.depth, tokens.count)
    let scores = queries * (min(Layout.tokens, tokens.upperBound) + 2)
    Scratch.with(floats: scores + queries * depth) { scratch in
      let words = scratch + scores
      let isNarrow = layout.format == .bf16Pairs
      if isNarrow {
        for row in 0..<queries {
          KernelTable.active.narrow(
            q + row * shape.inputChannels, words + row * depth, shape.headWidth)
        }
      }
      var product = AttentionProduct(
        format: layout.format, keyFormat: layout.format, q: isNarrow ? UnsafePointer(words) : q,
        queryScales: nil, qStride: isNarrow ? depth : shape.inputChannels, queries: queries,
        headWidth: shape.headWidth, keys: 0..<tokens.upperBound, packedKeys: addresses[0],
        keyPanelWords: layout.keyPanelWords, packedValues: addresses[0],
        valueRows: layout.valueRows, scale: shape.scale, firstQuery: tokens.lowerBound,
        keysBefore: nil, keysAfter: 0, bias: nil, biasReach: 0, scratch: scratch, out: out,
        outStride: shape.channels)
      product.blocks = addresses
      KernelTable.active.attention(product)
    }
  }
}

/// How the keys and values of one head stand in a block: panels of keys, then panels of channels.
private struct Layout: Sendable {
  let format: WeightFormat
  /// Words of a key.
  let depth: Int
  private let headWidth: Int
  private let width: Int

  static let tokens = AttentionProduct.keyBlock

  init(_ shape: AttentionShape, for table: KernelTable) {
    format = shape.packedFormat(for: .simd) ?? .f32
    depth = format.words(shape.headWidth)
    headWidth = shape.headWidth
    width = table.panelWidth
  }

  var keyPanelWords: Int { depth * width }
  /// Words of a channel.
  var valueRows: Int { format.words(Self.tokens) }
  private var keyWords: Int { Self.tokens * depth }
  var headWords: Int { keyWords + headWidth.roundedUp(to: width) * valueRows }

  /// - Parameters:
  ///   - place: in the block.
  ///   - words: of the head.
  func store(
    key: UnsafePointer<Float>, value: UnsafePointer<Float>, at place: Int,
    in words: UnsafeMutablePointer<Float>
  ) {
    let keys = words + place / width * keyPanelWords + place % width
    let values = words + keyWords + place / format.numbersPerWord * width
    guard format == .bf16Pairs else {
      for i in 0..<headWidth {
        keys[i * width] = key[i]
        values[i / width * valueRows * width + i % width] = value[i]
      }
      return
    }
    Scratch.with(floats: depth) { narrow in
      KernelTable.active.narrow(key, narrow, headWidth)
      for i in 0..<depth { keys[i * width] = narrow[i] }
      // Two tokens share the words of their values.
      KernelTable.active.narrow(value, narrow, headWidth)
      let halves = UnsafeRawPointer(narrow)
      for i in 0..<headWidth {
        let word = values + (i / width * valueRows * width + i % width)
        UnsafeMutableRawPointer(word).storeBytes(
          of: halves.load(fromByteOffset: 2 * i, as: UInt16.self), toByteOffset: 2 * (place % 2),
          as: UInt16.self)
      }
    }
  }
}

extension Tensor {
  /// softmax(q·kᵀ·scale)·v in each head, of the tokens that were added last: queries, keys and values
  /// side by side, of which the queries are read → [T, H·D].
  ///
  /// A token's bits depend on the tokens before it alone, and not on which of them were added with
  /// it.
  ///
  /// - Parameter keepsLast: whether the last token's result alone is wanted: → [1, H·D].
  package func attention(over cache: KeyValueBlocks, keepingLast keepsLast: Bool = false) -> Tensor
  {
    let shape = cache.shape
    precondition(
      self.shape == [rowCount, shape.inputChannels] && (1...cache.count).contains(rowCount),
      "queries \(self.shape) of \(cache.count) tokens")
    let wanted = keepsLast ? rowCount - 1..<rowCount : 0..<rowCount
    let start = cache.count - rowCount
    let blockCount = (cache.count + Layout.tokens - 1) / Layout.tokens
    let pieces = wanted.pieces(of: HeadPanels.queryCount)
    return Tensor(shape: [wanted.count, shape.channels]) { out in
      withElements { qkv in
        cache.withAddresses { addresses in
          guard let qkv = qkv.baseAddress, let out = out.baseAddress else { return }
          Parallel.forEach(shape.heads * pieces.count) { task in
            let (head, rows) = (task % shape.heads, pieces[task / shape.heads])
            let column = head * shape.headWidth
            cache.attend(
              start + rows.lowerBound..<start + rows.upperBound,
              qkv + rows.lowerBound * shape.inputChannels + column,
              addresses + head / shape.groupSize * blockCount,
              into: out + (rows.lowerBound - wanted.lowerBound) * shape.channels + column)
          }
        }
      }
    }
  }
}
