import TesseraTensors

/// Multi-head attention of some tokens over others, without its output projection:
/// [Tq, C] over [Tk, Ck] → [Tq, H·D].
///
/// Queries come from one batch of sequences, keys and values from another, whose width may differ;
/// every query of a sequence sees all tokens of its counterpart.
package struct CrossAttention: Sendable {
  package let path: String
  private let query: Linear
  private let keysAndValues: Linear
  private let partNames: [String]
  package let shape: AttentionShape

  /// - Parameter path: the module whose `probs` a trace shows.
  package init(
    path: String, query: Linear, key: Linear, value: Linear, heads: Int,
    precision: Arithmetic = .float32
  ) {
    let headWidth = query.outputs / heads
    precondition(
      key.outputs == query.outputs && value.outputs == query.outputs,
      "\(query.outputs) outputs of queries, \(key.outputs) of keys, \(value.outputs) of values")
    self.path = path
    self.query = query
    // One product reads the other tokens once.
    keysAndValues = Linear(stacking: [key, value], path: path)
    partNames = [key.path, value.path]
    shape = AttentionShape(
      heads: heads, headWidth: headWidth, scale: 1 / Float(headWidth).squareRoot(),
      precision: precision)
  }

  package var headCount: Int { shape.heads }

  /// What the queries are going to read of other tokens, [Tk, Ck], to be read many times.
  package func remember(_ memory: Tensor, in sequences: PackedSequences) -> KeysAndValues {
    KeysAndValues(keysAndValues(memory), shape, in: sequences)
  }

  /// - Parameters:
  ///   - x: [Tq, C].
  ///   - queries: as many sequences as were remembered, all memories together.
  package func callAsFunction(
    _ x: Tensor, in queries: PackedSequences, over memories: [KeysAndValues]
  ) -> Tensor {
    attend(query(x), in: queries, over: memories)
  }

  /// - Parameters:
  ///   - x: [Tq, C].
  ///   - memory: [Tk, Ck].
  ///   - sequences: as many as the queries have.
  package func callAsFunction(
    _ x: Tensor, in queries: PackedSequences, over memory: Tensor,
    in sequences: PackedSequences, trace: Trace?
  ) -> Tensor {
    guard let trace else { return self(x, in: queries, over: [remember(memory, in: sequences)]) }
    let q = trace.pass(query.path, query(x))
    let both = keysAndValues(memory)  // [Tk, 2·H·D]
    let kv = Tensor.sideBySide(
      partNames.enumerated().map { part, name in
        let start = part * shape.channels
        return trace.pass(name, both.columns(start..<start + shape.channels))
      })
    let context = attend(q, in: queries, over: [KeysAndValues(kv, shape, in: sequences)])
    // The fused operation never holds the weights of a whole sequence.
    guard trace.wants("\(path).probs") else { return context }
    return .concatenating(
      zip(queries.ranges, sequences.ranges).map { rows, keys in
        let keys = kv.rows(keys)
        let weights = q.rows(rows).crossAttentionProbabilities(shape, over: keys)  // [H, Tq, Tk]
        return .crossAttention(
          shape, by: trace.pass("\(path).probs", weights), insteadOf: weights,
          changing: context.rows(rows), over: keys)
      })
  }

  private func attend(
    _ q: Tensor, in queries: PackedSequences, over memories: [KeysAndValues]
  ) -> Tensor {
    Profile.measure(.attention, path, work(queries, memories)) {
      q.attention(over: memories, in: queries)
    }
  }

  /// q·kᵀ and the weighted sum of v.
  private func work(_ queries: PackedSequences, _ memories: [KeysAndValues]) -> Profile.Work {
    let keys = memories.flatMap(\.sequences.ranges).map(\.count)
    let pairs = zip(queries.ranges, keys).reduce(0.0) { $0 + Double($1.0.count) * Double($1.1) }
    var work = Profile.Work.moving(
      floats: 2 * (queries.tokenCount + keys.reduce(0, +)) * shape.channels)
    work.operations = 4 * pairs * Double(shape.channels)
    return work
  }
}
