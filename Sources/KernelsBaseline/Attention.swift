internal import CTesseraIntrinsics
import TesseraKernels

/// softmax(q·kᵀ·scale)·v for a block of queries, over blocks of keys with a running maximum and
/// sum (Dao et al., "FlashAttention"; Milakov and Gimelshein, "Online normalizer calculation for
/// softmax").
@inline(never)
func attend(_ product: AttentionProduct) {
  let queries = product.queries
  let rowLength = min(AttentionProduct.keyBlock, product.keys.count)
  let maxima = product.scratch + queries &* rowLength
  let sums = maxima + queries

  var start = product.keys.lowerBound
  while start < product.keys.upperBound {
    let keys = min(AttentionProduct.keyBlock, product.keys.upperBound &- start)
    let isFirst = start == product.keys.lowerBound
    score(product, keys: keys, from: start, rowLength)
    var query = 0
    while query < queries {
      let line = product.scratch + query &* rowLength
      // The query's own key, counted from the block's first.
      let own = product.firstQuery &+ query &- start
      if let bias = product.bias { add(bias, product.biasReach, to: line, own: own, keys) }
      if let before = product.keysBefore {
        hide(line, from: 0, to: min(own &- before, keys))
      }
      if let after = product.keysAfter {
        hide(line, from: max(own &+ after &+ 1, 0), to: keys)
      }
      absorb(product, line, keys, query, maxima, sums, isFirst: isFirst)
      query &+= 1
    }
    gather(product, keys: keys, from: start, rowLength, isFirst: isFirst)
    start &+= keys
  }
  var query = 0
  while query < queries {
    scale(product.out + query &* product.outStride, product.headWidth, by: 1 / sums[query])
    query &+= 1
  }
}

/// Scores of all queries against a block of keys: [queries, keys].
@inline(__always)
private func score(_ product: AttentionProduct, keys: Int, from start: Int, _ rowLength: Int) {
  let depth = product.keyFormat.words(product.headWidth)
  var panel =
    product.blocks.map { $0[start / AttentionProduct.keyBlock] }
    ?? product.packedKeys + 4 &* (start / panelWidth) &* product.keyPanelWords
  var key = 0
  while key < keys {
    var part = PanelProduct(
      a: product.q, aStride: product.qStride, rows: product.queries, depth: depth, panel: panel,
      format: product.keyFormat, c: product.scratch + key, cStride: rowLength,
      columns: min(panelWidth, keys &- key))
    part.rowScales = product.queryScales
    multiplyPanel(part)
    panel += 4 &* product.keyPanelWords
    key &+= panelWidth
  }
}

/// Adds the values of a block of keys, weighted, to the output: [queries, headWidth].
@inline(__always)
private func gather(
  _ product: AttentionProduct, keys: Int, from start: Int, _ rowLength: Int, isFirst: Bool
) {
  let first = product.blocks == nil ? product.format.words(start) : 0
  let values =
    product.blocks.map {
      $0[start / AttentionProduct.keyBlock]
        + 4 &* (AttentionProduct.keyBlock / panelWidth) &* product.keyPanelWords
    } ?? product.packedValues
  var channel = 0
  while channel < product.headWidth {
    let word = channel &* product.valueRows + first &* panelWidth
    var part = PanelProduct(
      a: product.scratch, aStride: rowLength, rows: product.queries,
      depth: product.format.words(keys), panel: values + 4 &* word,
      format: product.format, c: product.out + channel, cStride: product.outStride,
      columns: min(panelWidth, product.headWidth &- channel))
    part.accumulates = !isFirst
    // What depends on the number of keys would show in the sums.
    if product.blocks != nil { part.chain = 256 }
    multiplyPanel(part)
    channel &+= panelWidth
  }
}

/// Turns one query's scores into weights below the running maximum, in words of the format.
@inline(__always)
private func absorb(
  _ product: AttentionProduct, _ line: UnsafeMutablePointer<Float>, _ keys: Int, _ query: Int,
  _ maxima: UnsafeMutablePointer<Float>, _ sums: UnsafeMutablePointer<Float>, isFirst: Bool
) {
  let blockMaximum = maximum(line, keys)
  guard !isFirst else {
    maxima[query] = blockMaximum
    sums[query] = weigh(product, line, keys, blockMaximum)
    return
  }
  let old = maxima[query]
  let new = blockMaximum > old ? blockMaximum : old
  let sum = weigh(product, line, keys, new)
  if new == old {
    sums[query] += sum
  } else {
    // What was gathered under a lower maximum is too large by exp(new − old).
    var correction = lanes_splat((old - new) * product.scale)
    correction = exponential(correction)
    let factor = lanes_largest(correction)
    sums[query] = sums[query] * factor + sum
    scale(product.out + query &* product.outStride, product.headWidth, by: factor)
    maxima[query] = new
  }
}

@inline(__always)
private func weigh(
  _ product: AttentionProduct, _ line: UnsafeMutablePointer<Float>, _ keys: Int, _ maximum: Float
) -> Float {
  if case .bf16Pairs = product.format {
    exponentiateToPairs(line, keys, maximum, product.scale)
  } else {
    exponentiate(line, keys, maximum, product.scale)
  }
}

/// Adds each key's bias by its distance.
@inline(__always)
private func add(
  _ bias: UnsafePointer<Float>, _ reach: Int, to line: UnsafeMutablePointer<Float>, own: Int,
  _ keys: Int
) {
  // Keys before `near` are too far before the query's own, those from `far` on too far behind it.
  let near = min(max(own &- reach, 0), keys)
  let far = min(max(own &+ reach &+ 1, near), keys)
  transform(line, near) { $0 + lanes_splat(bias[0]) }
  let middle = bias + (near &- own &+ reach)
  eachRegister(far &- near) { i, rest in
    let x = line + near + i
    store(x, load(x, rest) + load(middle + i, rest), rest)
  }
  transform(line + far, keys &- far) { $0 + lanes_splat(bias[2 &* reach]) }
}

/// Puts −∞ where a query does not see.
@inline(__always)
private func hide(_ line: UnsafeMutablePointer<Float>, from first: Int, to end: Int) {
  var key = first
  while key < end {
    line[key] = -.infinity
    key &+= 1
  }
}

@inline(__always)
private func scale(_ x: UnsafeMutablePointer<Float>, _ count: Int, by factor: Float) {
  transform(x, count) { $0 * lanes_splat(factor) }
}
