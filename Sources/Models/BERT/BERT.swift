import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Word, position and token-type embeddings with their LayerNorm.
package struct BERTEmbeddings: Sendable {
  package let path: String
  private let words: Embedding
  private let positions: Embedding
  /// Row 0 of the token types: every token of one text has it. [C]
  private let tokenType: Tensor
  private let norm: LayerNorm

  package init(_ weights: Weights, _ config: BERTConfig) throws {
    path = weights.path
    words = try Embedding(
      weights["word_embeddings"], count: config.vocabularySize, width: config.hiddenSize)
    positions = try Embedding(
      weights["position_embeddings"], count: config.maxPositionEmbeddings,
      width: config.hiddenSize)
    tokenType = try Embedding(
      weights["token_type_embeddings"], count: config.tokenTypeCount, width: config.hiddenSize)(
        [0]
      ).row(0)
    norm = try LayerNorm(
      weights["LayerNorm"], width: config.hiddenSize, epsilon: config.layerNormEpsilon)
  }

  /// [T] ids at [T] positions → [T, C].
  package func callAsFunction(ids: [Int], positions: [Int], trace: Trace?) -> Tensor {
    // PyTorch adds in this order: (words + types) + positions.
    let sum = words(ids).adding(row: tokenType)
    return trace.pass(path, norm(sum, adding: self.positions(positions)))
  }

  /// Vectors that come from elsewhere, an image for instance, get positions and the LayerNorm,
  /// but no token type: [T, C] → [T, C].
  package func callAsFunction(vectors: Tensor, positions: Range<Int>) -> Tensor {
    norm(vectors, adding: self.positions(positions))
  }
}

/// The stack of layers: [T, C] → [T, C].
///
/// Post-norm, as in Devlin et al., "BERT".
package struct BERTEncoder: Sendable {
  let path: String
  let layers: [BERTLayer]

  package init(_ weights: Weights, _ config: BERTConfig) throws {
    path = weights.path
    layers = try (0..<config.layerCount).map { try BERTLayer(weights["layer"][$0], config) }
  }

  /// - Parameter rows: one token of each sequence, if no other is wanted: → [B, C]. The last layer
  ///   computes only these, unless a trace wants to see all.
  /// - Throws: `CancellationError` between two layers.
  package func callAsFunction(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]? = nil, trace: Trace?
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace)
  }
}

/// Attention, then feed-forward, each with its residual and LayerNorm.
struct BERTLayer: EncoderLayer {
  let path: String
  let attention: BERTAttention
  let feedForward: FeedForward
  let norm: LayerNorm

  init(_ weights: Weights, _ config: BERTConfig) throws {
    path = weights.path
    attention = try BERTAttention(weights["attention"], config)
    feedForward = FeedForward(
      up: try Linear(
        weights["intermediate"]["dense"], inputs: config.hiddenSize,
        outputs: config.intermediateSize),
      down: try Linear(
        weights["output"]["dense"], inputs: config.intermediateSize, outputs: config.hiddenSize),
      activation: try config.activation(),
      activatedName: weights["intermediate"].path)
    norm = try LayerNorm(
      weights["output"]["LayerNorm"], width: config.hiddenSize, epsilon: config.layerNormEpsilon)
  }

  var isResident: Bool { attention.output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    attention.context(x, in: sequences, keeping: rows, trace: trace)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let attended = attention.project(context, adding: x, trace: trace)
    let out = norm(feedForward(attended, trace: trace), adding: attended)
    return trace.pass(path, trace.pass("\(path).output", out))
  }
}

/// Self-attention with its output projection, residual and LayerNorm.
struct BERTAttention: Sendable {
  let path: String
  let selfAttention: SelfAttention
  let output: Linear
  let norm: LayerNorm

  init(_ weights: Weights, _ config: BERTConfig) throws {
    let width = config.hiddenSize
    func linear(_ weights: Weights) throws -> Linear {
      try Linear(weights, inputs: width, outputs: width)
    }
    path = weights.path
    selfAttention = SelfAttention(
      path: weights.path,
      query: try linear(weights["self"]["query"]),
      key: try linear(weights["self"]["key"]),
      value: try linear(weights["self"]["value"]),
      heads: config.headCount, precision: weights.precision)
    output = try linear(weights["output"]["dense"])
    norm = try LayerNorm(
      weights["output"]["LayerNorm"], width: width, epsilon: config.layerNormEpsilon)
  }

  func context(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    trace.pass("\(path).self", selfAttention(x, in: sequences, keeping: rows, trace: trace))
  }

  func project(_ context: Tensor, adding x: Tensor, trace: Trace?) -> Tensor {
    let projected = output(context, trace: trace, as: [output.path])
    return trace.pass("\(path).output", norm(projected, adding: x))
  }
}
