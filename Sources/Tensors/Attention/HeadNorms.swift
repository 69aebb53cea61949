import TesseraKernels

/// Norms of each head's queries and keys by themselves, before they turn (Henry et al., "Query-Key
/// Normalization for Transformers").
package struct HeadNorms: Sendable {
  package let query: RMSNormWeights  // [D]
  package let key: RMSNormWeights

  package init(query: RMSNormWeights, key: RMSNormWeights) {
    precondition(query.weight.shape == key.weight.shape, "norms of \(query.weight.shape)")
    self.query = query
    self.key = key
  }
}

extension Tensor {
  /// Normalises q and k of q, k and v side by side, head by head.
  package func headsNormalized(by norms: HeadNorms, _ shape: AttentionShape) -> Tensor {
    precondition(
      rowWidth == shape.inputChannels && norms.query.weight.shape == [shape.headWidth],
      "norms of \(norms.query.weight.shape) for \(self.shape)")
    let stride = rowWidth
    return Tensor(shape: self.shape) { out in
      withElements { x in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        Parallel.forEachRange(rowCount, minimum: 8) { rows in
          for row in rows {
            let (q, k) = (row * stride, row * stride + shape.channels)
            norms.query.normalize(x + q, rows: shape.heads, into: out + q)
            norms.key.normalize(x + k, rows: shape.keyHeads, into: out + k)
            let v = k + shape.keyChannels
            (out + v).update(from: x + v, count: shape.keyChannels)
          }
        }
      }
    }
  }
}
