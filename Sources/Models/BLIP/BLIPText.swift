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
  /// - Throws: `CancellationError` between two layers.
  func callAsFunction(
    _ texts: [[Int]], beside memory: BLIPMemory, keepingFirst: Bool = false, trace: Trace?
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

/// Texts that stand alone, for which the layers leave out what looks at other tokens.
extension BLIPTextModel: StudiedTower {
  var width: Int { config.hiddenSize }

  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor {
    embeddings(
      ids: inputs.flatMap(\.ids), positions: inputs.flatMap(\.ids.indices), trace: trace)
  }

  func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    try layers.map(\.alone).run(x, in: sequences, keeping: rows, trace: trace)
  }

  func dissect(
    _ x: Tensor, pooling rows: [Int], along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try layers.map(\.alone).dissect(x, pooling: rows, along: direction, sources: sources)
  }
}

/// Attention, attention over other tokens, feed-forward, each with its residual and LayerNorm.
struct BLIPTextLayer: Sendable {
  /// BERT's layer, which is all of it for a text that stands alone.
  let alone: PostNormLayer
  let crossAttention: CrossAttention
  private let crossOutput: Linear
  private let crossNorm: LayerNorm

  init(
    _ weights: Weights, _ config: BERTConfig, memoryWidth: Int, isCausal: Bool
  ) throws {
    let width = config.hiddenSize
    let cross = weights["crossattention"]
    func projection(_ name: String, inputs: Int) throws -> Linear {
      try Linear(cross["self"][name], inputs: inputs, outputs: width)
    }
    alone = try PostNormLayer(weights, config, .blip, sight: isCausal ? .causal : .all)
    crossAttention = CrossAttention(
      path: cross.path, query: try projection("query", inputs: width),
      key: try projection("key", inputs: memoryWidth),
      value: try projection("value", inputs: memoryWidth), heads: config.headCount,
      precision: weights.precision)
    crossOutput = try Linear(cross["output"]["dense"], inputs: width, outputs: width)
    crossNorm = try LayerNorm(
      cross["output"]["LayerNorm"], width: width, epsilon: config.layerNormEpsilon)
  }

  /// How a cache is laid out that serves the attention.
  var shape: AttentionShape {
    let cross = crossAttention.shape
    return AttentionShape(
      heads: cross.heads, headWidth: cross.headWidth, scale: cross.scale)
  }

  /// - Parameter rows: one token of each sequence, whose result alone is wanted: → [B, C].
  fileprivate func callAsFunction(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, beside memory: BLIPMemory,
    trace: Trace?
  ) -> Tensor {
    let context = alone.meet(x, in: sequences, keeping: rows, trace: trace)
    let kept = rows.map(x.rows(at:)) ?? x
    let queries = rows.map { PackedSequences(lengths: $0.map { _ in 1 }) } ?? sequences
    return finish(kept, context, trace: trace) { attended in
      crossAttention(
        attended, in: queries, over: memory.tokens, in: memory.sequences, trace: trace)
    }
  }

  /// What follows the attention.
  ///
  /// - Parameter lookingAside: the attention over other tokens, before its output projection:
  ///   [T, C] → [T, H·D].
  func finish(
    _ x: Tensor, _ context: Tensor, trace: Trace?, lookingAside: (Tensor) -> Tensor
  ) -> Tensor {
    let attended = alone.attend(x, context, trace: trace)
    let path = crossAttention.path
    let read = trace.pass("\(path).self", lookingAside(attended))
    let projected = crossOutput(read, trace: trace, as: [crossOutput.path])
    // The module of the attention gives what its output gives.
    let looked = trace.pass(
      path, trace.pass("\(path).output", crossNorm(projected, adding: attended)))
    return alone.feed(looked, trace: trace)
  }
}
