/// Queries of one head against the keys and values of its sequence:
/// out ← softmax(q·kᵀ·scale + bias)·v, over the keys that each query sees.
package struct AttentionProduct {
  /// Of weights and values: `.f32`, or `.bf16Pairs`.
  package var format: WeightFormat
  /// Of queries and keys: the same, or `.int8Quads` in one group.
  package var keyFormat: WeightFormat
  /// [queries, depth] words
  package var q: UnsafeRawPointer
  /// Of bytes: scale and offset of each query, [queries, 2].
  package var queryScales: UnsafePointer<Float>?
  /// Words from one query to the next.
  package var qStride: Int
  package var queries: Int
  /// Numbers in a query.
  package var headWidth: Int
  /// Keys that at least one of the queries sees, and perhaps some around them.
  ///
  /// - Precondition: the first is that of a panel, and each query sees one of the first `keyBlock`.
  package var keys: Range<Int>
  /// Where each `keyBlock` keys stand that are not all in one place: their panels of keys, behind
  /// them those of their values. Then a query's sums have one order, however many keys there are.
  ///
  /// - Precondition: `keys` begin where a block does, and `valueRows` are those of a whole block.
  package var blocks: UnsafePointer<UnsafeRawPointer>?
  /// Panels of [depth, panelWidth] words, one for each `panelWidth` keys; behind bytes, their
  /// scales.
  package var packedKeys: UnsafeRawPointer
  /// Words from one panel of keys to the next.
  package var keyPanelWords: Int
  /// Panels of [valueRows, panelWidth] words, one for each `panelWidth` channels.
  package var packedValues: UnsafeRawPointer
  /// Words that the keys of the whole sequence take.
  package var valueRows: Int
  package var scale: Float
  /// The first query's own key.
  package var firstQuery: Int
  /// How many keys before its own a query sees, and how many behind it; nil for all.
  package var keysBefore: Int?
  package var keysAfter: Int?
  /// Added to a score before it is scaled, by the key's distance j − i from the query's own:
  /// [2·biasReach + 1], from −biasReach on. What is further away has the last ones.
  package var bias: UnsafePointer<Float>?
  package var biasReach: Int
  /// [queries, keyBlock + 2] floats of scratch.
  package var scratch: UnsafeMutablePointer<Float>
  /// [queries, headWidth]
  package var out: UnsafeMutablePointer<Float>
  package var outStride: Int

  /// Keys that are worked on together, a multiple of every panel's width.
  package static let keyBlock = 512

  package init(
    format: WeightFormat, keyFormat: WeightFormat, q: UnsafeRawPointer,
    queryScales: UnsafePointer<Float>?, qStride: Int, queries: Int, headWidth: Int,
    keys: Range<Int>,
    packedKeys: UnsafeRawPointer, keyPanelWords: Int, packedValues: UnsafeRawPointer,
    valueRows: Int, scale: Float, firstQuery: Int, keysBefore: Int?, keysAfter: Int?,
    bias: UnsafePointer<Float>?, biasReach: Int, scratch: UnsafeMutablePointer<Float>,
    out: UnsafeMutablePointer<Float>, outStride: Int
  ) {
    self.format = format
    self.keyFormat = keyFormat
    self.q = q
    self.queryScales = queryScales
    self.qStride = qStride
    self.queries = queries
    self.headWidth = headWidth
    self.keys = keys
    self.packedKeys = packedKeys
    self.keyPanelWords = keyPanelWords
    self.packedValues = packedValues
    self.valueRows = valueRows
    self.scale = scale
    self.firstQuery = firstQuery
    self.keysBefore = keysBefore
    self.keysAfter = keysAfter
    self.bias = bias
    self.biasReach = biasReach
    self.scratch = scratch
    self.out = out
    self.outStride = outStride
  }
}
