import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// What a text is read beside: the tokens of a picture, or those of a question about it.
struct BLIPMemory: Sendable {
  /// [Tk, Ck]
  let tokens: Tensor
  let sequences: PackedSequences

  /// One part for each text.
  init(_ parts: [Tensor]) {
    tokens = .concatenating(parts)
    sequences = PackedSequences(lengths: parts.map(\.rowCount))
  }
}

/// BERT whose layers look at other tokens between their attention and their feed-forward.
struct BLIPTextModel: Sendable {
  let config: BERTConfig
  let embeddings: BERTEmbeddings
  let layers: [BLIPTextLayer]

  /// - Parameter memoryWidth: of the tokens that are read beside, Ck.
  init(_ weights: Weights, _ config: BERTConfig, memoryWidth: Int, isCausal: Bool) throws {
    self.config = config
    embeddings = try BERTEmbeddings(weights["embeddings"], config)
    layers = try (0..<config.layerCount).map {
      try BLIPTextLayer(
        weights["encoder"]["layer"][$0], config, memoryWidth: memoryWidth, isCausal: isCausal)
    }
  }

  /// Ids of texts → [T, C], or their first tokens alone, [texts, C].
  ///
  /// - Parameter memory: nil for texts that stand alone, for which the layers leave out what looks at
  ///   other tokens.
  /// - Throws: `CancellationError` between two layers.
  func callAsFunction(
    _ texts: [[Int]], beside memory: BLIPMemory?, keepingFirst: Bool = false, trace: Trace?
  ) throws -> Tensor {
    let sequences = PackedSequences(lengths: texts.map(\.count))
    var x = embeddings(
      ids: texts.flatMap { $0 }, positions: texts.flatMap(\.indices), trace: trace)
    for (index, layer) in layers.enumerated() {
      try Task.checkCancellation()
      let isLast = index == layers.count - 1 && keepingFirst && trace == nil
      x = layer(
        x, in: sequences, keeping: isLast ? sequences.starts : nil, beside: memory, trace: trace)
    }
    return keepingFirst && trace != nil ? x.rows(at: sequences.starts) : x
  }
}

/// Attention, attention over other tokens, feed-forward, each with its residual and LayerNorm.
struct BLIPTextLayer: Sendable {
  private let path: String
  private let attention: SelfAttention
  /// Queries, keys and values side by side: the attention's own, for a cache.
  let projection: Linear
  private let attended: BLIPAttentionOutput
  let crossAttention: CrossAttention
  private let crossAttended: BLIPAttentionOutput
  private let feedForward: FeedForward
  private let norm: LayerNorm

  init(
    _ weights: Weights, _ config: BERTConfig, memoryWidth: Int, isCausal: Bool
  ) throws {
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    func projections(_ weights: Weights, memoryWidth: Int) throws -> [Linear] {
      try [("query", width), ("key", memoryWidth), ("value", memoryWidth)].map {
        try Linear(weights["self"][$0.0], inputs: $0.1, outputs: width)
      }
    }
    let (attention, cross) = (weights["attention"], weights["crossattention"])
    let own = try projections(attention, memoryWidth: width)
    let others = try projections(cross, memoryWidth: memoryWidth)
    path = weights.path
    self.attention = SelfAttention(
      path: attention.path, query: own[0], key: own[1], value: own[2], heads: config.headCount,
      sight: isCausal ? .causal : .all, precision: weights.precision)
    projection = Linear(stacking: own, path: attention.path)
    attended = try BLIPAttentionOutput(attention, config)
    crossAttention = CrossAttention(
      path: cross.path, query: others[0], key: others[1], value: others[2],
      heads: config.headCount, precision: weights.precision)
    crossAttended = try BLIPAttentionOutput(cross, config)
    feedForward = FeedForward(
      up: try Linear(weights["intermediate"]["dense"], inputs: width, outputs: hidden),
      down: try Linear(weights["output"]["dense"], inputs: hidden, outputs: width),
      activation: config.activation, activatedName: weights["intermediate"].path)
    norm = try LayerNorm(
      weights["output"]["LayerNorm"], width: width, epsilon: config.layerNormEpsilon)
  }

  /// How a cache is laid out that serves the attention.
  var shape: AttentionShape {
    let cross = crossAttention.shape
    return AttentionShape(
      heads: cross.heads, headWidth: cross.headWidth, scale: cross.scale)
  }

  /// - Parameter rows: one token of each sequence, whose result alone is wanted: → [B, C].
  fileprivate func callAsFunction(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, beside memory: BLIPMemory?,
    trace: Trace?
  ) -> Tensor {
    let context = attention(x, in: sequences, keeping: rows, trace: trace)
    let kept = rows.map(x.rows(at:)) ?? x
    let queries = rows.map { PackedSequences(lengths: $0.map { _ in 1 }) } ?? sequences
    return finish(kept, context, trace: trace) { attended in
      memory.map {
        crossAttention(attended, in: queries, over: $0.tokens, in: $0.sequences, trace: trace)
      }
    }
  }

  /// What follows the attention.
  ///
  /// - Parameter lookingAside: the attention over other tokens, before its output projection:
  ///   [T, C] → [T, H·D]; nil where there are none.
  func finish(
    _ x: Tensor, _ context: Tensor, trace: Trace?, lookingAside: (Tensor) -> Tensor?
  ) -> Tensor {
    var x = attended(context, adding: x, trace: trace)
    if let context = lookingAside(x) { x = crossAttended(context, adding: x, trace: trace) }
    let out = norm(feedForward(x, trace: trace), adding: x)
    return trace.pass(path, trace.pass("\(path).output", out))
  }
}

/// An attention's output projection, residual and LayerNorm.
private struct BLIPAttentionOutput: Sendable {
  private let path: String
  private let projection: Linear
  private let norm: LayerNorm

  init(_ weights: Weights, _ config: BERTConfig) throws {
    path = weights.path
    projection = try Linear(
      weights["output"]["dense"], inputs: config.hiddenSize, outputs: config.hiddenSize)
    norm = try LayerNorm(
      weights["output"]["LayerNorm"], width: config.hiddenSize, epsilon: config.layerNormEpsilon)
  }

  func callAsFunction(_ context: Tensor, adding x: Tensor, trace: Trace?) -> Tensor {
    let context = trace.pass("\(path).self", context)
    let projected = projection(context, trace: trace, as: [projection.path])
    // The module of the attention gives what its output gives.
    return trace.pass(path, trace.pass("\(path).output", norm(projected, adding: x)))
  }
}
