import TesseraKernels

/// How the heads of an attention share the channels, and what a query sees.
package struct AttentionShape: Sendable {
  /// Heads of queries.
  package let heads: Int
  /// Heads of keys and values; each serves as many neighbouring heads of queries as the others
  /// (Ainslie et al., "GQA").
  package let keyHeads: Int
  /// Channels of one head, D.
  package let headWidth: Int
  /// Factor on q·k before the softmax.
  package let scale: Float
  package let sight: AttentionSight
  package let bias: DistanceBias?
  package let precision: Arithmetic

  /// - Parameter keyHeads: as many as `heads` if nil.
  package init(
    heads: Int, keyHeads: Int? = nil, headWidth: Int, scale: Float, sight: AttentionSight = .all,
    bias: DistanceBias? = nil, precision: Arithmetic = .float32
  ) {
    let keyHeads = keyHeads ?? heads
    precondition(
      keyHeads > 0 && heads.isMultiple(of: keyHeads), "\(heads) heads with \(keyHeads) of keys")
    precondition(
      bias.map { $0.values.rowCount == heads } ?? true,
      "a bias of \(bias?.values.shape ?? []) for \(heads) heads")
    self.heads = heads
    self.keyHeads = keyHeads
    self.headWidth = headWidth
    self.scale = scale
    self.sight = sight
    self.bias = bias.map { $0.divided(by: scale) }
    self.precision = precision
  }

  /// Channels of all heads of queries together, H·D.
  package var channels: Int { heads * headWidth }
  /// Channels of all heads of keys, and of values.
  package var keyChannels: Int { keyHeads * headWidth }
  /// Channels of q, k and v side by side.
  package var inputChannels: Int { channels + 2 * keyChannels }
  /// Heads of queries for each head of keys.
  package var groupSize: Int { heads / keyHeads }

  /// Channels of q before which a head's queries begin, and those before its keys and its values.
  package func queryStart(_ head: Int) -> Int { head * headWidth }
  package func keyStart(_ head: Int) -> Int { channels + head / groupSize * headWidth }
  package func valueStart(_ head: Int) -> Int { keyStart(head) + keyChannels }

  /// What a score gets by distance, before it is scaled.
  package func bias(of head: Int, distance: Int) -> Double {
    guard let bias else { return 0 }
    return bias.values.withElements {
      Double($0[head * bias.values.rowWidth + bias.index(of: distance)])
    }
  }

  /// How the process's kernels want keys and values; nil if others are to compute.
  func packedFormat(for code: ProductCode) -> WeightFormat? {
    switch precision {
    case .bfloat16 where KernelTable.active.instructionSet.hasBF16: return .bf16Pairs
    case .int8 where Arithmetic.hasFastBF16: return .bf16Pairs
    case .float32, .bfloat16, .bfloat16Weights, .int8, .int4: break
    }
    return code == .simd ? .f32 : nil
  }
}

/// Which keys a query sees: so many before its own and so many behind it; nil for all.
package struct AttentionSight: Sendable, Equatable {
  package let before: Int?
  package let after: Int?

  package init(before: Int?, after: Int?) {
    precondition((before ?? 0) >= 0 && (after ?? 0) >= 0, "keys in the sight of none")
    self.before = before
    self.after = after
  }

  package static let all = AttentionSight(before: nil, after: nil)
  /// The query's own and those before.
  package static let causal = AttentionSight(before: nil, after: 0)
  /// |i − j| ≤ reach.
  package static func window(_ reach: Int) -> AttentionSight {
    AttentionSight(before: reach, after: reach)
  }

  /// The keys that a query sees of a sequence, of which there may be fewer than queries.
  package func keys(of query: Int, count: Int) -> Range<Int> {
    let first = before.map { min(max(0, query - $0), count) } ?? 0
    return first..<(after.map { min(count, query + $0 + 1) } ?? count)
  }

  /// The keys that some neighbouring queries see.
  func keys(of queries: Range<Int>, count: Int) -> Range<Int> {
    keys(of: queries.lowerBound, count: count)
      .lowerBound..<keys(of: queries.upperBound - 1, count: count).upperBound
  }
}

/// What is added to scores, by head and by the key's distance j − i from the query's own.
package struct DistanceBias: Sendable {
  /// [H, 2·reach + 1], from −reach on; what is further away has the last ones.
  package let values: Tensor

  package init(_ values: Tensor) {
    precondition(values.shape.count == 2 && values.rowWidth % 2 == 1, "a bias of \(values.shape)")
    self.values = values
  }

  package var reach: Int { values.rowWidth / 2 }

  /// Attention adds it before it scales, so that both are one multiplication.
  func divided(by scale: Float) -> DistanceBias {
    DistanceBias(Tensor(values.elements.map { $0 / scale }, shape: values.shape))
  }

  /// The place of a distance in a row of `values`.
  package func index(of distance: Int) -> Int { min(max(distance, -reach), reach) + reach }
}
