import TesseraLayers
import TesseraTensors

/// BERT's order of norms around attention, by turned heads or by distance, and a gated feed-forward.
struct GatedEncoderLayer: EncoderLayer {
  let path: String
  let attention: SelfAttention
  let output: Linear
  let attentionNorm: LayerNorm
  let feedForward: GatedFeedForward
  let norm: LayerNorm

  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    attention(x, in: sequences, keeping: rows, trace: trace)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let projected = output(context, trace: trace, as: [output.path, attention.path])
    let attended = trace.pass(attentionNorm.path, attentionNorm(projected, adding: x))
    let fed = feedForward(attended, trace: trace)
    return trace.pass(path, trace.pass(norm.path, norm(fed, adding: attended)))
  }
}
