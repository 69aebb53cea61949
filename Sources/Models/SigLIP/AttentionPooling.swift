import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// One learned question over all tokens of a picture, then y + mlp(norm y): [T, C] → [B, C].
///
/// The head of Zhai et al., "Scaling Vision Transformers"; Lee et al., "Set Transformer".
struct AttentionPooling: Sendable {
  private let path: String
  private let probe: Tensor  // [1, C]
  private let attention: CrossAttention
  private let value: Linear
  private let output: Linear
  private let norm: LayerNorm
  private let feedForward: FeedForward
  private let feedForwardPath: String

  init(_ weights: Weights, _ config: CLIPTowerConfig) throws {
    let width = config.hiddenSize
    let (attention, mlp) = (weights["attention"], weights["mlp"])
    path = weights.path
    probe = try weights.tensor("probe", shape: [1, 1, width]).widened().reshaped([1, width])
    let inputs = try Linear.attentionInputs(attention, width: width, precision: .float32)
    self.attention = CrossAttention(
      path: attention.path, query: inputs.query, key: inputs.key, value: inputs.value,
      heads: config.headCount)
    value = inputs.value
    output = try Linear(
      attention["out_proj"], inputs: width, outputs: width, precision: .float32)
    norm = try LayerNorm(weights["layernorm"], width: width, epsilon: config.layerNormEpsilon)
    feedForward = FeedForward(
      up: try Linear(
        mlp["fc1"], inputs: width, outputs: config.intermediateSize, precision: .float32),
      down: try Linear(
        mlp["fc2"], inputs: config.intermediateSize, outputs: width, precision: .float32),
      activation: config.activation, activatedName: mlp["activation_fn"].path)
    feedForwardPath = mlp.path
  }

  func callAsFunction(_ x: Tensor, in sequences: PackedSequences, trace: Trace?) -> Tensor {
    let questions = Tensor.concatenating(sequences.ranges.map { _ in probe })  // [B, C]
    let context = attention(
      questions, in: PackedSequences(lengths: sequences.ranges.map { _ in 1 }), over: x,
      in: sequences, trace: trace)
    let pooled = trace.pass(attention.path, output(context))
    let normed = trace.pass(norm.path, norm(pooled))
    let added = trace.pass(feedForwardPath, feedForward(normed, trace: trace))
    return trace.pass(path, pooled + added)
  }
}

/// What a pooling's parts add to the features of one picture, along a direction.
struct PoolingTerms {
  /// Its feed-forward and its biases; what its heads read is the tokens' own.
  let layer: DirectContributions.Layer
  /// For each token the direction along which it is read, [T][C].
  let directions: [[Double]]
  /// What each token adds.
  let ofTokens: [Double]
  /// Of each token: its share of the attention, the mean over heads.
  let mass: [Double]
}

extension AttentionPooling {
  /// Takes the features of one picture, scaled to length 1, apart along a direction of length 1.
  ///
  /// With the attention's weights taken as they are, the features are linear in the tokens, but for the
  /// feed-forward, which is a term of its own.
  ///
  /// - Parameter x: the picture's tokens, [T, C].
  func terms(of x: Tensor, along direction: [Double]) -> PoolingTerms {
    let probabilities = "\(attention.path).probs"
    let trace = Trace { [probabilities, feedForwardPath].contains($0) }
    let features = self(x, in: PackedSequences(lengths: [x.rowCount]), trace: trace)
    let stages = trace.stages.reduce(into: [String: Tensor]()) { $0[$1.name] = $1.tensor }
    guard let weights = stages[probabilities]?.elements, let fed = stages[feedForwardPath] else {
      preconditionFailure("the pooling has no stages \(probabilities), \(feedForwardPath)")
    }
    let length = max(features.norm, 1e-12)
    let scaled = direction.map { $0 / length }
    let end = BranchEnd(feedForward.down).shares(of: fed, along: [scaled])
    let ofHeads = output.pullingBack([scaled])[0]

    let (tokens, heads) = (x.rowCount, attention.headCount)
    let width = ofHeads.count / heads
    let directions = value.pullingBack(
      (0..<tokens).map { token in
        ofHeads.indices.map { ofHeads[$0] * Double(weights[$0 / width * tokens + token]) }
      })
    let biases =
      end.bias + (output.bias?.dot(scaled) ?? 0) + (value.bias?.dot(ofHeads) ?? 0)
    return PoolingTerms(
      layer: .init(feedForward: end.term, biases: biases),
      directions: directions, ofTokens: directions.indices.map { x.row($0).dot(directions[$0]) },
      mass: (0..<tokens).map { token in
        (0..<heads).reduce(0) { $0 + Double(weights[$1 * tokens + token]) } / Double(heads)
      })
  }
}
