import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// A layer in which every sum passes a norm: y = norm₁(x + attention x), then norm₂(y + feed-forward y),
/// as in Vaswani et al. and BERT.
///
/// Families differ in where a checkpoint keeps the parts, in how queries meet keys, in the feed-forward
/// and in what the reference calls the stages.
struct PostNormLayer: EncoderLayer {
  let path: String
  let selfAttention: SelfAttention
  /// The attention's output projection.
  let output: Linear
  let attentionNorm: LayerNorm
  let feedForward: any FeedForwardBlock
  let norm: LayerNorm
  private let stages: Stages

  /// The modules that only hand on what a part of theirs gave, by their paths, from within.
  struct Stages: Sendable {
    /// Behind the attention.
    var context: [String] = []
    /// Behind its output projection.
    var projected: [String] = []
    /// Behind the first norm; at least one.
    let attended: [String]
    /// Behind the feed-forward.
    var fed: [String] = []
    /// Behind the second norm, before the layer itself.
    var end: [String] = []
  }

  init(
    path: String, selfAttention: SelfAttention, output: Linear, attentionNorm: LayerNorm,
    feedForward: any FeedForwardBlock, norm: LayerNorm, stages: Stages
  ) {
    precondition(!stages.attended.isEmpty, "a layer without the stage behind its first norm")
    self.path = path
    self.selfAttention = selfAttention
    self.output = output
    self.attentionNorm = attentionNorm
    self.feedForward = feedForward
    self.norm = norm
    self.stages = stages
  }

  /// The stage behind the first norm.
  var attendedPath: String { stages.attended[0] }

  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    trace.pass(stages.context, selfAttention(x, in: sequences, keeping: rows, trace: trace))
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    feed(attend(x, context, trace: trace), trace: trace)
  }

  /// The first half, behind the attention itself.
  func attend(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let projected = output(context, trace: trace, as: [output.path] + stages.projected)
    return trace.pass(stages.attended, attentionNorm(projected, adding: x))
  }

  /// The second half.
  func feed(_ attended: Tensor, trace: Trace?) -> Tensor {
    let fed = trace.pass(stages.fed, feedForward(attended, adding: nil, trace: trace))
    return trace.pass(stages.end + [path], norm(fed, adding: attended))
  }
}

extension Trace? {
  /// Shows a stage under some names, one after the other.
  fileprivate func pass(_ names: @autoclosure () -> [String], _ tensor: Tensor) -> Tensor {
    self == nil ? tensor : names().reduce(tensor) { pass($1, $0) }
  }
}
