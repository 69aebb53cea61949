import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// The image tower: a picture becomes 1 + P tokens, as they leave the last block.
///
/// Fang et al., "EVA-02"; Sun et al., "EVA-CLIP". What stands behind the blocks in a checkpoint, a norm
/// and a head, is `EVA02FeatureTower`'s.
package struct EVA02: Sendable {
  package let config: EVA02Config
  let path: String
  let patchEmbedding: PatchEmbedding
  private let classToken: Tensor  // [1, C]
  private let positions: Tensor  // [1 + P, C]
  let blocks: [EVA02Block]

  package init(_ weights: Weights, _ config: EVA02Config) throws {
    let width = config.hiddenSize
    self.config = config
    path = weights.path
    patchEmbedding = try PatchEmbedding(
      weights["patch_embed"]["proj"], side: config.patchSize, width: width, hasBias: true)
    classToken = try weights.tensor("cls_token", shape: [1, 1, width]).widened().row(0)
    positions = try weights.tensor("pos_embed", shape: [1, 1 + config.patchCount, width])
      .widened().row(0)
    // The tables that are computed are the same in every block.
    let rotary: RotaryEmbedding? =
      switch config.rotary {
      case .stored: nil
      case .computed(let places):
        RotaryEmbedding(
          gridSide: config.patchSide, stretchedTo: places, headWidth: config.headWidth, from: 1)
      }
    blocks = try (0..<config.layerCount).map {
      try EVA02Block(weights["blocks"][$0], config, rotary)
    }
  }

  /// Pictures of [3, S, S], normalised → [B·(1 + P), C], or the class tokens alone, [B, C].
  ///
  /// - Parameter after: what else becomes of each token by itself.
  /// - Throws: `CancellationError` between two blocks.
  package func callAsFunction(
    _ pictures: [Tensor], keepingFirst: Bool = false, trace: Trace?,
    after: (Tensor) -> Tensor = { $0 }
  ) throws -> Tensor {
    let sequences = PackedSequences(
      lengths: Array(repeating: 1 + config.patchCount, count: pictures.count))
    return try blocks.run(
      embed(pictures, trace: trace), in: sequences,
      keeping: keepingFirst ? sequences.starts : nil, trace: trace, after: after)
  }

  /// Pictures as they enter the first block: [B·(1 + P), C].
  func embed(_ pictures: [Tensor], trace: Trace?) -> Tensor {
    let embedded = Tensor.concatenating(
      pictures.map { pixels in
        let pixels = trace.pass("pixels", pixels)
        let patches = trace.pass(patchEmbedding.path, patchEmbedding(pixels))  // [P, C]
        return .concatenating([classToken, patches]) + positions  // [1 + P, C]
      })
    return trace.pass("\(path).embeddings", embedded)
  }
}

/// Pre-norm block: x += attention(norm1 x), x += SwiGLU(norm2 x).
struct EVA02Block: PreNormLayer {
  private let path: String
  private let norm1: LayerNorm
  let attention: EVA02Attention
  private let norm2: LayerNorm
  private let feedForward: SwiGLU

  init(_ weights: Weights, _ config: EVA02Config, _ rotary: RotaryEmbedding?) throws {
    let (width, epsilon) = (config.hiddenSize, config.layerNormEpsilon)
    path = weights.path
    norm1 = try LayerNorm(weights["norm1"], width: width, epsilon: epsilon)
    attention = try EVA02Attention(weights["attn"], config, rotary)
    norm2 = try LayerNorm(weights["norm2"], width: width, epsilon: epsilon)
    feedForward = try SwiGLU(
      weights["mlp"], width: width, hidden: config.intermediateSize, epsilon: epsilon,
      spelling: config.spelling.feedForward)
  }

  var selfAttention: SelfAttention { attention.selfAttention }
  var attentionEnd: BranchEnd { BranchEnd(attention.output, norm: attention.innerNorm) }
  var feedForwardEnd: BranchEnd { BranchEnd(feedForward.w3) }
  var isResident: Bool { attention.output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    let first = trace.pass(norm1.path, norm1(x))
    return attention.context(first, in: sequences, keeping: rows, trace: trace)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let attended = attention.project(context, adding: x, trace: trace)
    let second = trace.pass(norm2.path, norm2(attended))
    return trace.pass(path, feedForward(second, adding: attended, trace: trace))
  }
}

/// Self-attention with rotary positions, and a norm before the output projection.
struct EVA02Attention: Sendable {
  let path: String
  let selfAttention: SelfAttention
  let innerNorm: LayerNorm
  let output: Linear

  /// - Parameter rotary: nil for the checkpoint's own.
  init(_ weights: Weights, _ config: EVA02Config, _ rotary: RotaryEmbedding?) throws {
    let width = config.hiddenSize
    // The key has no bias.
    func projection(_ name: String, bias: String?) throws -> Linear {
      let scope = weights[name]
      return Linear(
        path: scope.path, weight: try scope.matrix("weight", outputs: width, inputs: width),
        precision: weights.precision,
        bias: try bias.map {
          try
            (config.spelling.hasBiasesApart
            ? weights.tensor($0, shape: [width])
            : scope.tensor(
              "bias", shape: [width])).widened()
        })
    }
    path = weights.path
    selfAttention = SelfAttention(
      path: weights.path,
      query: try projection("q_proj", bias: "q_bias"),
      key: try projection("k_proj", bias: nil),
      value: try projection("v_proj", bias: "v_bias"),
      heads: config.headCount,
      rotary: try rotary
        ?? RotaryEmbedding(
          weights["rope"], rows: config.patchCount, headWidth: config.headWidth,
          // The class token has no place in the picture.
          from: 1),
      precision: weights.precision)
    innerNorm = try LayerNorm(
      weights[config.spelling.innerNorm], width: width, epsilon: config.layerNormEpsilon)
    output = try Linear(weights["proj"], inputs: width, outputs: width)
  }

  func context(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    selfAttention(x, in: sequences, keeping: rows, trace: trace)
  }

  func project(_ context: Tensor, adding residual: Tensor, trace: Trace?) -> Tensor {
    let normed = trace.pass(innerNorm.path, innerNorm(context))
    return output(normed, adding: residual, trace: trace, as: [output.path, path])
  }
}
