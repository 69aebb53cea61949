import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Patches behind a class token, with positions, and pre-norm layers; every token is handed on.
///
/// Li et al., "BLIP: Bootstrapping Language-Image Pre-training".
struct BLIPVisionTower: Sendable {
  private let path: String
  private let patchEmbedding: PatchEmbedding
  private let classToken: Tensor  // [1, C]
  private let positions: Tensor  // [1 + P, C]
  let layers: [BLIPVisionLayer]
  let norm: LayerNorm
  private let tokenCount: Int

  init(_ weights: Weights, _ config: BLIPConfig.Vision) throws {
    let width = config.hiddenSize
    let embeddings = weights["embeddings"]
    path = weights.path
    tokenCount = config.tokenCount
    patchEmbedding = try PatchEmbedding(
      embeddings["patch_embedding"], side: config.patchSize, width: width, hasBias: true)
    classToken = try embeddings.tensor("class_embedding", shape: [1, 1, width]).widened()
      .reshaped([1, width])
    positions = try embeddings.tensor("position_embedding", shape: [1, tokenCount, width])
      .widened().reshaped([tokenCount, width])
    layers = try (0..<config.layerCount).map {
      try BLIPVisionLayer(weights["encoder"]["layers"][$0], config)
    }
    norm = try LayerNorm(
      weights["post_layernorm"], width: width, epsilon: config.layerNormEpsilon)
  }

  /// Pictures of [3, S, S] → [pictures·(1 + P), C], or the class tokens alone, [pictures, C].
  func callAsFunction(
    _ pictures: [Tensor], keepingFirst: Bool = false, trace: Trace?
  ) throws -> Tensor {
    let sequences = PackedSequences(lengths: pictures.map { _ in tokenCount })
    return try layers.run(
      embed(pictures, trace: trace), in: sequences,
      keeping: keepingFirst ? sequences.starts : nil, trace: trace
    ) {
      trace.pass(norm.path, norm($0))
    }
  }

  /// Pictures as they enter the first layer: [pictures·(1 + P), C].
  func embed(_ pictures: [Tensor], trace: Trace?) -> Tensor {
    let embedded = Tensor.concatenating(
      pictures.map { pixels in
        .concatenating([classToken, patchEmbedding(trace.pass("pixels", pixels))]) + positions
      })
    return trace.pass("\(path).embeddings", embedded)
  }

  /// The tokens of each picture, [1 + P, C].
  func tokens(of pictures: [Tensor], trace: Trace?) throws -> [Tensor] {
    guard !pictures.isEmpty else { return [] }
    let all = try self(pictures, trace: trace)
    return pictures.indices.map { all.rows($0 * tokenCount..<($0 + 1) * tokenCount) }
  }
}

/// x += attention(layer_norm1 x), x += mlp(layer_norm2 x), with queries, keys and values in one
/// matrix.
struct BLIPVisionLayer: PreNormLayer {
  let path: String
  private let norm1: LayerNorm
  let selfAttention: SelfAttention
  private let output: Linear
  private let norm2: LayerNorm
  private let feedForward: FeedForward

  init(_ weights: Weights, _ config: BLIPConfig.Vision) throws {
    let (width, epsilon) = (config.hiddenSize, config.layerNormEpsilon)
    let (attention, mlp) = (weights["self_attn"], weights["mlp"])
    path = weights.path
    norm1 = try LayerNorm(weights["layer_norm1"], width: width, epsilon: epsilon)
    selfAttention = try SelfAttention(
      path: attention.path, packed: attention["qkv"], inputs: width, hasBias: true,
      heads: config.headCount)
    output = try Linear(attention["projection"], inputs: width, outputs: width)
    norm2 = try LayerNorm(weights["layer_norm2"], width: width, epsilon: epsilon)
    feedForward = FeedForward(
      up: try Linear(mlp["fc1"], inputs: width, outputs: config.intermediateSize),
      down: try Linear(mlp["fc2"], inputs: config.intermediateSize, outputs: width),
      activation: config.activation, activatedName: mlp["activation_fn"].path)
  }

  var attentionEnd: BranchEnd { BranchEnd(output) }
  var feedForwardEnd: BranchEnd { BranchEnd(feedForward.down) }
  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    selfAttention(
      trace.pass(norm1.path, norm1(x)), in: sequences, keeping: rows, trace: trace)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let attended = output(context, adding: x, trace: trace, as: [output.path, selfAttention.path])
    let normed = trace.pass(norm2.path, norm2(attended))
    return trace.pass(path, feedForward(normed, adding: attended, trace: trace))
  }
}
