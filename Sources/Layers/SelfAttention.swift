import TesseraCheckpoints
import TesseraTensors

/// Multi-head self-attention without its output projection: [T, C] → [T, H·D].
///
/// All families share it; they differ in the names of their weights, in how many heads share keys, in
/// what queries and keys go through and see, and in what follows.
package struct SelfAttention: Sendable {
  package let path: String
  /// Queries, keys and values side by side.
  package let projection: Linear
  let stages: Stages
  let shape: AttentionShape
  private let norms: (query: RMSNorm, key: RMSNorm)?
  /// Of the queries and keys of all heads together.
  let wideNorms: (query: LayerNorm, key: LayerNorm)?
  let rotary: RotaryEmbedding?

  /// The modules that the reference has for the projections.
  enum Stages: Sendable {
    /// Of q, k and v.
    case apart([String])
    /// One for all.
    case together(String)
  }

  /// - Parameters:
  ///   - path: the module whose `probs` a trace shows.
  ///   - key: as wide as the query, or narrower where heads share keys; values likewise.
  ///   - heads: of queries.
  ///   - headWidth: the query's width over the heads, if nil.
  ///   - scale: of q·k; 1/√D if nil.
  ///   - sight: the keys that a query sees.
  ///   - bias: what is added to scores by distance.
  ///   - norms: of each head's queries and keys, before they turn.
  ///   - wideNorms: of the queries of all heads together, and of the keys.
  package init(
    path: String, query: Linear, key: Linear, value: Linear, heads: Int, scale: Float? = nil,
    sight: AttentionSight = .all, bias: DistanceBias? = nil,
    norms: (query: RMSNorm, key: RMSNorm)? = nil,
    wideNorms: (query: LayerNorm, key: LayerNorm)? = nil, rotary: RotaryEmbedding? = nil,
    precision: Arithmetic = .float32
  ) {
    self.init(
      path: path, [query, key, value], .apart([query.path, key.path, value.path]), heads: heads,
      scale: scale, sight: sight, bias: bias, norms: norms, wideNorms: wideNorms, rotary: rotary,
      precision: precision)
  }

  /// - Parameters:
  ///   - packed: one matrix that holds q, k and v, one behind the other, such as `Wqkv`.
  ///   - inputs: its columns, and as many outputs for each of q, k and v.
  package init(
    path: String, packed: Weights, inputs: Int, hasBias: Bool, heads: Int, scale: Float? = nil,
    sight: AttentionSight = .all, bias: DistanceBias? = nil, rotary: RotaryEmbedding? = nil
  ) throws {
    self.init(
      path: path,
      try Linear.unstacking(
        packed, inputs: inputs, outputs: [inputs, inputs, inputs], hasBias: hasBias),
      .together(packed.path), heads: heads, scale: scale, sight: sight, bias: bias, norms: nil,
      rotary: rotary, precision: packed.precision)
  }

  /// - Parameter packed: the parts of one matrix, by whose path a trace shows them together.
  package init(
    path: String, packed parts: [Linear], heads: Int, rotary: RotaryEmbedding? = nil,
    precision: Arithmetic
  ) {
    self.init(
      path: path, parts, .together(parts[0].path), heads: heads, scale: nil, sight: .all, bias: nil,
      norms: nil, rotary: rotary, precision: precision)
  }

  private init(
    path: String, _ parts: [Linear], _ stages: Stages, heads: Int, scale: Float?,
    sight: AttentionSight, bias: DistanceBias?, norms: (query: RMSNorm, key: RMSNorm)?,
    wideNorms: (query: LayerNorm, key: LayerNorm)? = nil, rotary: RotaryEmbedding?,
    precision: Arithmetic
  ) {
    let headWidth = parts[0].outputs / heads
    self.path = path
    // One product reads x once and keeps all threads busy even for a short text.
    projection = Linear(stacking: parts, path: path)
    self.stages = stages
    shape = AttentionShape(
      heads: heads, keyHeads: parts[1].outputs / headWidth, headWidth: headWidth,
      scale: scale ?? 1 / Float(headWidth).squareRoot(), sight: sight, bias: bias,
      precision: precision)
    self.norms = norms
    self.wideNorms = wideNorms
    self.rotary = rotary
  }

  /// - Parameter rows: one token of each sequence, whose result alone is wanted: [B, H·D]. A trace
  ///   sees all tokens.
  package func callAsFunction(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]? = nil, trace: Trace?
  ) -> Tensor {
    let tables = rotary?.tables(for: sequences)
    if trace.mayJoinOperations, wideNorms == nil, projection.isResident,
      let context = projection.attention(
        x, norms: headNorms, rotary: tables, shape, in: sequences, keeping: rows)
    {
      return context
    }
    var qkv = projection(x)  // q, k and v side by side
    if let trace { qkv = shown(qkv, to: trace) }
    if let wideNorms { qkv = widelyNormalized(qkv, by: wideNorms, trace) }
    if let headNorms {
      qkv = Profile.measure(.norm, path, .moving(floats: 2 * qkv.elementCount)) {
        qkv.headsNormalized(by: headNorms, shape)
      }
      if let trace { qkv = normsShown(qkv, to: trace) }
    }
    if let tables {
      qkv = Profile.measure(.rotary, path, .moving(floats: 2 * qkv.elementCount)) {
        qkv.rotated(by: tables, shape, in: sequences)
      }
    }
    var context = Profile.measure(.attention, path, work(sequences, keeping: rows)) {
      qkv.attention(shape, in: sequences, keeping: rows)  // [T, H·D]
    }
    // The fused operation never holds the weights of a whole sequence.
    if let trace, trace.wants("\(path).probs") {
      for (index, tokens) in sequences.ranges.enumerated() {
        let weights = qkv.attentionProbabilities(
          shape, of: tokens, keyCount: sequences.keyCount(of: index))  // [H, T, T]
        let wanted = trace.pass("\(path).probs", weights)
        context = qkv.attention(
          shape, of: tokens, by: wanted, insteadOf: weights, changing: context)
      }
    }
    return context
  }

  var headNorms: HeadNorms? {
    norms.map { HeadNorms(query: $0.query.parameters, key: $0.key.parameters) }
  }

  /// The channels of q, k and v.
  private var columns: [Range<Int>] {
    let (q, k) = (shape.channels, shape.keyChannels)
    return [0..<q, q..<q + k, q + k..<q + 2 * k]
  }

  private func shown(_ qkv: Tensor, to trace: Trace) -> Tensor {
    switch stages {
    case .together(let name): trace.pass(name, qkv)
    case .apart(let names):
      .sideBySide(zip(names, columns).map { trace.pass($0, qkv.columns($1)) })
    }
  }

  private func widelyNormalized(
    _ qkv: Tensor, by norms: (query: LayerNorm, key: LayerNorm), _ trace: Trace?
  ) -> Tensor {
    let parts = columns.map(qkv.columns)
    return .sideBySide([
      trace.pass(norms.query.path, norms.query(parts[0])),
      trace.pass(norms.key.path, norms.key(parts[1])), parts[2],
    ])
  }

  /// Normalised queries and keys, which the reference has as [T, H, D].
  private func normsShown(_ qkv: Tensor, to trace: Trace) -> Tensor {
    let paths = [norms?.query.path, norms?.key.path, nil]
    return .sideBySide(
      zip(paths, columns).map { path, range in
        let part = qkv.columns(range)
        guard let path else { return part }
        let heads = range.count / shape.headWidth
        return trace.pass(path, part.reshaped([part.rowCount, heads, shape.headWidth]))
          .reshaped(part.shape)
      })
  }

  /// q·kᵀ and the weighted sum of v.
  private func work(_ sequences: PackedSequences, keeping rows: [Int]?) -> Profile.Work {
    let pairs = sequences.ranges.reduce(0.0) {
      $0 + Double($1.count) * Double(rows == nil ? $1.count : 1)
    }
    var work = Profile.Work.moving(
      floats: sequences.tokenCount * (shape.inputChannels + shape.channels))
    work.operations = 4 * pairs * Double(shape.channels)
    return work
  }
}
