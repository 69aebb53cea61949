/// Queries of one head against the keys and values of its sequence:
/// out ← softmax(q·kᵀ·scale)·v.
package struct AttentionProduct {
  /// [queries, headWidth]
  package var q: UnsafePointer<Float>
  package var qStride: Int
  package var queries: Int
  package var headWidth: Int
  /// Keys that at least one of the queries sees.
  package var keys: Int
  /// Panels of [headWidth, panelWidth], one for each `panelWidth` keys.
  package var packedKeys: UnsafePointer<Float>
  /// Panels of [valueRows, panelWidth], one for each `panelWidth` channels.
  package var packedValues: UnsafePointer<Float>
  /// Keys of the whole sequence.
  package var valueRows: Int
  package var scale: Float
  /// Where each query sees only keys up to its own: the key of the first query.
  package var firstQuery: Int?
  /// [queries, keyBlock + 2] floats of scratch.
  package var scratch: UnsafeMutablePointer<Float>
  /// [queries, headWidth]
  package var out: UnsafeMutablePointer<Float>
  package var outStride: Int

  /// Keys that are worked on together, a multiple of every panel's width.
  package static let keyBlock = 512

  package init(
    q: UnsafePointer<Float>, qStride: Int, queries: Int, headWidth: Int, keys: Int,
    packedKeys: UnsafePointer<Float>, packedValues: UnsafePointer<Float>, valueRows: Int,
    scale: Float, firstQuery: Int?, scratch: UnsafeMutablePointer<Float>,
    out: UnsafeMutablePointer<Float>, outStride: Int
  ) {
    self.q = q
    self.qStride = qStride
    self.queries = queries
    self.headWidth = headWidth
    self.keys = keys
    self.packedKeys = packedKeys
    self.packedValues = packedValues
    self.valueRows = valueRows
    self.scale = scale
    self.firstQuery = firstQuery
    self.scratch = scratch
    self.out = out
    self.outStride = outStride
  }
}
