import Checkpoints
import Tensors

/// Multi-head self-attention without its output projection: [T, C] → [T, H·D].
///
/// BERT, XLM-RoBERTa, EVA02 and CLIP share it; they differ in the names of their weights, in the
/// rotary embedding (EVA02), in the causal mask (CLIP's text), and in what follows.
package struct SelfAttention: Sendable {
  package let path: String
  private let projection: Linear
  private let partNames: [String]
  private let shape: AttentionShape
  private let rotary: RotaryEmbedding?

  /// - Parameters:
  ///   - path: the module whose `probs` a trace shows.
  package init(
    path: String, query: Linear, key: Linear, value: Linear, heads: Int,
    isCausal: Bool = false, rotary: RotaryEmbedding? = nil, precision: Precision = .float32
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

  package func callAsFunction(
    _ x: Tensor, in sequences: PackedSequences, trace: Trace?
  ) -> Tensor {
    var qkv = projection(x)  // [T, 3·H·D]
    if let trace {
      for (part, name) in partNames.enumerated() {
        let start = part * shape.channels
        trace.record(name, qkv.columns(start..<start + shape.channels))
      }
    }
    if let rotary { qkv = rotary(qkv, shape, in: sequences) }
    if let trace {
      for tokens in sequences.ranges {
        trace.record("\(path).probs", qkv.attentionProbabilities(shape, of: tokens))
      }
    }
    return qkv.attention(shape, in: sequences)
  }
}
