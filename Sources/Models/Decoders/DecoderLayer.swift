import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// What a family's layers are beyond their sizes.
struct DecoderTraits: Sendable {
  /// Of the projections of queries, keys and values.
  var hasProjectionBias = false
  /// Of the projection behind the attention.
  var hasOutputBias = false
  /// Whether each head's queries and keys are normalised.
  var hasHeadNorms = false
  /// Whether norms hold w where their scale is 1 + w, and what attention and feed-forward add is
  /// normalised again: Gemma's.
  var isGemma = false
  /// Of q·k; 1/√D if nil.
  var scale: Float?
}

/// Attention, then a gated feed-forward, each behind a norm: Touvron et al., "LLaMA", and in Gemma
/// each before another norm too.
struct DecoderLayer: EncoderLayer {
  let path: String
  private let attentionPath: String
  private let inputNorm: RMSNorm
  private let attention: SelfAttention
  private let output: Linear
  private let attendedNorm: RMSNorm?
  private let feedForwardNorm: RMSNorm
  private let feedForward: GatedFeedForward
  private let addedNorm: RMSNorm?

  init(
    _ weights: Weights, _ config: DecoderConfig, _ traits: DecoderTraits,
    sight: AttentionSight, rotary: RotaryEmbedding
  ) throws {
    let (own, mlp) = (weights["self_attn"], weights["mlp"])
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    let queryWidth = config.headCount * config.headWidth
    let keyWidth = config.keyHeadCount * config.headWidth
    func norm(_ weights: Weights, width: Int) throws -> RMSNorm {
      try RMSNorm(weights, width: width, epsilon: config.normEpsilon, isOffset: traits.isGemma)
    }
    func projection(_ name: String, _ outputs: Int) throws -> Linear {
      try Linear(own[name], inputs: width, outputs: outputs, hasBias: traits.hasProjectionBias)
    }
    func feed(_ name: String, _ inputs: Int, _ outputs: Int) throws -> Linear {
      try Linear(mlp[name], inputs: inputs, outputs: outputs, hasBias: false)
    }
    (path, attentionPath) = (weights.path, own.path)
    inputNorm = try norm(weights["input_layernorm"], width: width)
    attention = SelfAttention(
      path: own.path, query: try projection("q_proj", queryWidth),
      key: try projection("k_proj", keyWidth), value: try projection("v_proj", keyWidth),
      heads: config.headCount, scale: traits.scale, sight: sight,
      norms: traits.hasHeadNorms
        ? (
          try norm(own["q_norm"], width: config.headWidth),
          try norm(own["k_norm"], width: config.headWidth)
        ) : nil, rotary: rotary, precision: weights.precision)
    output = try Linear(
      own["o_proj"], inputs: queryWidth, outputs: width, hasBias: traits.hasOutputBias)
    let behindAttention = try norm(weights["post_attention_layernorm"], width: width)
    if traits.isGemma {
      attendedNorm = behindAttention
      feedForwardNorm = try norm(weights["pre_feedforward_layernorm"], width: width)
      addedNorm = try norm(weights["post_feedforward_layernorm"], width: width)
    } else {
      (attendedNorm, feedForwardNorm, addedNorm) = (nil, behindAttention, nil)
    }
    feedForward = GatedFeedForward(
      path: mlp.path, gate: try feed("gate_proj", width, hidden),
      up: try feed("up_proj", width, hidden), down: try feed("down_proj", hidden, width),
      activation: config.activation, activatedName: "act_fn")
  }

  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    let normal = trace.pass(inputNorm.path, inputNorm(x))
    return attention(normal, in: sequences, keeping: rows, trace: trace)
  }

  /// A cache for what the layer reads.
  var cache: KeyValueBlocks { attention.cache }

  /// Reads on in one sequence: the next tokens, [T, C] → [T, C].
  ///
  /// - Parameter keepsLast: whether the last token's result alone is wanted: → [1, C].
  func callAsFunction(
    _ x: Tensor, behind cache: inout KeyValueBlocks, keepingLast keepsLast: Bool
  ) -> Tensor {
    let context = attention(inputNorm(x), behind: &cache, keepingLast: keepsLast)
    let kept = keepsLast ? x.rows(x.rowCount - 1..<x.rowCount) : x
    return .inRowBlocks(kept, context, weightsAreResident: isResident, trace: nil) {
      finish($0, $1, trace: $2)
    }
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let outputs = [output.path, attentionPath]
    let attended =
      if let attendedNorm {
        x + normalized(output(context, trace: trace, as: outputs), by: attendedNorm, trace)
      } else {
        output(context, adding: x, trace: trace, as: outputs)
      }
    let normal = normalized(attended, by: feedForwardNorm, trace)
    let out =
      if let addedNorm {
        attended + normalized(feedForward(normal, trace: trace), by: addedNorm, trace)
      } else {
        feedForward(normal, adding: attended, trace: trace)
      }
    return trace.pass(path, out)
  }

  private func normalized(_ x: Tensor, by norm: RMSNorm, _ trace: Trace?) -> Tensor {
    trace.pass(norm.path, norm(x))
  }
}
