import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Word, position and token-type embeddings with their LayerNorm.
struct BERTEmbeddings: Sendable {
  let path: String
  private let words: EmbeddingTable
  private let positions: EmbeddingTable
  /// Nil where there are none.
  private let tokenTypes: EmbeddingTable?
  /// Row 0 of the token types, which every token of one text has, [C].
  private let tokenType: Tensor?
  private let norm: LayerNorm

  init(_ weights: Weights, _ config: BERTConfig) throws {
    path = weights.path
    words = try EmbeddingTable(
      weights["word_embeddings"], count: config.vocabularySize, width: config.hiddenSize)
    positions = try EmbeddingTable(
      weights["position_embeddings"], count: config.positions.count,
      width: config.hiddenSize)
    tokenTypes =
      config.tokenTypeCount == 0
      ? nil
      : try EmbeddingTable(
        weights["token_type_embeddings"], count: config.tokenTypeCount, width: config.hiddenSize)
    tokenType = tokenTypes?([0]).row(0)
    norm = try LayerNorm(
      weights["LayerNorm"], width: config.hiddenSize, epsilon: config.layerNormEpsilon)
  }

  /// [T] ids at [T] positions → [T, C].
  ///
  /// - Parameter types: of each token; nil for 0.
  func callAsFunction(
    ids: [Int], types: [Int]? = nil, positions: [Int], trace: Trace?
  ) -> Tensor {
    // PyTorch adds in this order: (words + types) + positions.
    let words = words(ids)
    let sum =
      if let types, let tokenTypes {
        words + tokenTypes(types)
      } else {
        tokenType.map(words.adding(row:)) ?? words
      }
    return trace.pass(path, norm(sum, adding: self.positions(positions)))
  }

  /// Vectors that come from elsewhere, an image for instance, get positions and the LayerNorm,
  /// but no token type: [T, C] → [T, C].
  func callAsFunction(vectors: Tensor, positions: Range<Int>) -> Tensor {
    norm(vectors, adding: self.positions(positions))
  }
}

/// The stack of layers: [T, C] → [T, C].
///
/// Post-norm, as in Devlin et al., "BERT".
struct BERTEncoder: Sendable {
  let path: String
  let layers: [BERTLayer]

  init(_ weights: Weights, _ config: BERTConfig) throws {
    path = weights.path
    layers = try (0..<config.layerCount).map { try BERTLayer(weights["layer"][$0], config) }
  }

  /// - Parameter rows: one token of each sequence, if no other is wanted: → [B, C]. The last layer
  ///   computes only these, unless a trace wants to see all.
  /// - Throws: `CancellationError` between two layers.
  func callAsFunction(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]? = nil, trace: Trace?
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace)
  }
}

/// Attention, then feed-forward, each with its residual and LayerNorm.
struct BERTLayer: PostNormLayer {
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
      activation: config.activation,
      activatedName: weights["intermediate"].path)
    norm = try LayerNorm(
      weights["output"]["LayerNorm"], width: config.hiddenSize, epsilon: config.layerNormEpsilon)
  }

  var selfAttention: SelfAttention { attention.selfAttention }
  var output: Linear { attention.output }
  var attentionNorm: LayerNorm { attention.norm }
  var attendedPath: String { "\(attention.path).output" }
  var isResident: Bool { output.isResident && feedForward.isResident }

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

  /// - Parameter bias: what is added to scores by distance.
  init(_ weights: Weights, _ config: BERTConfig, bias: DistanceBias? = nil) throws {
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
      heads: config.headCount, bias: bias, precision: weights.precision)
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
