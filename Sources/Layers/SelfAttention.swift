import TesseraCheckpoints
import TesseraTensors

/// Multi-head self-attention without its output projection: [T, C] → [T, H·D].
///
/// All families share it; they differ in the names of their weights, in the rotary embedding, in the
/// causal mask, and in what follows.
package struct SelfAttention: Sendable {
  package let path: String
  private let projection: Linear
  let partNames: [String]
  let shape: AttentionShape
  let rotary: RotaryEmbedding?

  /// - Parameters:
  ///   - path: the module whose `probs` a trace shows.
  package init(
    path: String, query: Linear, key: Linear, value: Linear, heads: Int,
    isCausal: Bool = false, rotary: RotaryEmbedding? = nil, precision: Arithmetic = .float32
  ) {
    let headWidth = query.outputs / heads
    self.path = path
    // One product reads x once and keeps all threads busy even for a short text.
    projection = Linear(stacking: [query, key, value], path: path)
    partNames = [query.path, key.path, value.path]
    shape = AttentionShape(
      heads: heads, headWidth: headWidth, scale: 1 / Float(headWidth).squareRoot(),
      isCausal: isCausal, precision: precision)
    self.rotary = rotary
  }

  /// - Parameter rows: one token of each sequence, whose result alone is wanted: [B, H·D]. A trace
  ///   sees all tokens.
  package func callAsFunction(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]? = nil, trace: Trace?
  ) -> Tensor {
    if trace.mayJoinOperations, projection.isResident,
      let context = projection.attention(
        x, rotary: rotary?.tables, shape, in: sequences, keeping: rows)
    {
      return context
    }
    var qkv = projection(x)  // [T, 3·H·D]
    if let trace {
      qkv = .sideBySide(
        partNames.enumerated().map { part, name in
          let start = part * shape.channels
          return trace.pass(name, qkv.columns(start..<start + shape.channels))
        })
    }
    if let rotary {
      qkv = Profile.measure(.rotary, path, .moving(floats: 2 * qkv.elementCount)) {
        rotary(qkv, shape, in: sequences)
      }
    }
    var context = Profile.measure(.attention, path, work(sequences, keeping: rows)) {
      qkv.attention(shape, in: sequences, keeping: rows)  // [T, H·D]
    }
    // The fused operation never holds the weights of a whole sequence.
    if let trace, trace.wants("\(path).probs") {
      for tokens in sequences.ranges {
        let weights = qkv.attentionProbabilities(shape, of: tokens)  // [H, T, T]
        let wanted = trace.pass("\(path).probs", weights)
        context = qkv.attention(
          shape, of: tokens, by: wanted, insteadOf: weights, changing: context)
      }
    }
    return context
  }

  /// q·kᵀ and the weighted sum of v.
  private func work(_ sequences: PackedSequences, keeping rows: [Int]?) -> Profile.Work {
    let pairs = sequences.ranges.reduce(0.0) {
      $0 + Double($1.count) * Double(rows == nil ? $1.count : 1)
    }
    var work = Profile.Work.moving(floats: sequences.tokenCount * 4 * shape.channels)
    work.operations = 4 * pairs * Double(shape.channels)
    return work
  }
}
