import Foundation
import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Two towers, one for texts and one for pictures, that point into one space.
///
/// Radford et al., "Learning Transferable Visual Models From Natural Language Supervision".
package struct CLIP: EmbeddingModel {
  let config: CLIPConfig
  let text: CLIPTextTower
  let vision: CLIPVisionTower
  let textProjection: Linear
  let visualProjection: Linear
  /// The factor on cosines is exp(logit_scale).
  package let labelScoring: LabelScoring?

  init(_ weights: Weights, _ config: CLIPConfig) throws {
    self.config = config
    text = try CLIPTextTower(weights["text_model"], config.text)
    vision = try CLIPVisionTower(weights["vision_model"], config.vision)
    textProjection = try Linear(
      weights["text_projection"], inputs: config.text.tower.hiddenSize,
      outputs: config.projectionDimension, hasBias: false, precision: .float32)
    visualProjection = try Linear(
      weights["visual_projection"], inputs: config.vision.tower.hiddenSize,
      outputs: config.projectionDimension, hasBias: false, precision: .float32)
    labelScoring = .softmax(
      scale: exp(try weights.tensor("logit_scale", shape: []).widened().elements[0]))
  }

  package var dimension: Int { config.projectionDimension }

  /// - Precondition: an input has ids or pixels, not both.
  package func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    precondition(
      inputs.allSatisfy { ($0.picture == nil) != $0.ids.isEmpty }, "CLIP reads a text or a picture")
    let texts = inputs.indices.filter { inputs[$0].picture == nil }
    let pictures = inputs.indices.filter { inputs[$0].picture != nil }
    var outputs = inputs.map { _ in ModelOutput() }
    if !texts.isEmpty {
      // [texts, projection_dim]
      let vectors = trace.pass(
        textProjection.path, textProjection(try text(texts.map { inputs[$0].ids }, trace: trace)))
      for (row, index) in texts.enumerated() {
        outputs[index].vector = vectors.row(row).normalized()
      }
    }
    if !pictures.isEmpty {
      // [pictures, projection_dim]
      let vectors = trace.pass(
        visualProjection.path,
        visualProjection(try vision(pictures.compactMap { inputs[$0].pixels }, trace: trace)))
      for (row, index) in pictures.enumerated() {
        outputs[index].vector = vectors.row(row).normalized()
      }
    }
    return outputs
  }
}

/// Token and position embeddings, causal layers, final norm; the vector is the end token's.
struct CLIPTextTower: Sendable {
  private let config: CLIPConfig.Text
  private let tokens: EmbeddingTable
  private let positions: EmbeddingTable
  let layers: CLIPLayers
  let norm: LayerNorm

  init(_ weights: Weights, _ config: CLIPConfig.Text) throws {
    let width = config.tower.hiddenSize
    self.config = config
    tokens = try EmbeddingTable(
      weights["embeddings"]["token_embedding"], count: config.vocabularySize, width: width)
    positions = try EmbeddingTable(
      weights["embeddings"]["position_embedding"], count: config.maxPositionEmbeddings,
      width: width)
    layers = try CLIPLayers(weights["encoder"], config.tower, sight: .causal)
    norm = try LayerNorm(
      weights["final_layer_norm"], width: width, epsilon: config.tower.layerNormEpsilon)
  }

  /// Ids of texts → [texts, C].
  func callAsFunction(_ texts: [[Int]], trace: Trace?) throws -> Tensor {
    let sequences = PackedSequences(lengths: texts.map(\.count))
    let x = embed(texts, trace: trace)  // [T, C]
    let ends = zip(texts, sequences.ranges).map { $1.lowerBound + pooledIndex($0) }
    return try layers(x, in: sequences, keeping: ends, trace: trace) {
      trace.pass(norm.path, norm($0))
    }
  }

  /// The texts as they enter the first layer: [T, C].
  func embed(_ texts: [[Int]], trace: Trace?) -> Tensor {
    let embedded = tokens(texts.joined().map { $0 }) + positions(texts.flatMap(\.indices))
    return trace.pass("text_model.embeddings", embedded)
  }

  /// Where the end token stands.
  func pooledIndex(_ ids: [Int]) -> Int {
    let end = config.isEndTokenLargest ? ids.max() : config.endTokenID
    return ids.firstIndex { $0 == end } ?? 0
  }
}

/// Patches behind a class token, with positions; the vector is the class token's, normed.
struct CLIPVisionTower: Sendable {
  let patchEmbedding: PatchEmbedding
  private let classToken: Tensor  // [1, C]
  private let positions: Tensor  // [1 + P, C]
  private let preNorm: LayerNorm
  let layers: CLIPLayers
  let postNorm: LayerNorm
  private let tokenCount: Int

  init(_ weights: Weights, _ config: CLIPConfig.Vision) throws {
    let (width, epsilon) = (config.tower.hiddenSize, config.tower.layerNormEpsilon)
    let embeddings = weights["embeddings"]
    tokenCount = 1 + config.patchCount
    patchEmbedding = try PatchEmbedding(
      embeddings["patch_embedding"], side: config.patchSize, width: width, hasBias: false)
    classToken = try embeddings.tensor("class_embedding", shape: [width]).widened()
      .reshaped([1, width])
    positions = try embeddings["position_embedding"].tensor("weight", shape: [tokenCount, width])
      .widened()
    // The checkpoints spell it so.
    preNorm = try LayerNorm(weights["pre_layrnorm"], width: width, epsilon: epsilon)
    layers = try CLIPLayers(weights["encoder"], config.tower, sight: .all)
    postNorm = try LayerNorm(weights["post_layernorm"], width: width, epsilon: epsilon)
  }

  /// Pictures of [3, S, S] → [pictures, C].
  func callAsFunction(_ pictures: [Tensor], trace: Trace?) throws -> Tensor {
    let sequences = PackedSequences(
      lengths: Array(repeating: tokenCount, count: pictures.count))
    let x = embed(pictures, trace: trace)
    let classTokens = try layers(x, in: sequences, keeping: sequences.starts, trace: trace)
    return trace.pass(postNorm.path, postNorm(classTokens))
  }

  /// The pictures as they enter the first layer: [pictures·(1 + P), C].
  func embed(_ pictures: [Tensor], trace: Trace?) -> Tensor {
    let embedded = Tensor.concatenating(
      pictures.map { pixels in
        let pixels = trace.pass("pixels", pixels)
        return .concatenating([classToken, patchEmbedding(pixels)]) + positions  // [1 + P, C]
      })
    return trace.pass(preNorm.path, preNorm(trace.pass("vision_model.embeddings", embedded)))
  }
}

/// The stack of layers of either tower, pre-norm.
struct CLIPLayers: Sendable {
  let path: String
  let layers: [CLIPLayer]

  init(_ weights: Weights, _ config: CLIPTowerConfig, sight: AttentionSight) throws {
    path = weights.path
    layers = try (0..<config.layerCount).map {
      try CLIPLayer(weights["layers"][$0], config, sight: sight)
    }
  }

  /// - Parameters:
  ///   - rows: one token of each sequence, if no other is wanted: → [B, C].
  ///   - after: what else becomes of each token by itself.
  func callAsFunction(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?,
    after: (Tensor) -> Tensor = { $0 }
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace, after: after)
  }
}

/// x += attention(layer_norm1 x), x += mlp(layer_norm2 x).
struct CLIPLayer: EncoderLayer {
  let path: String
  private let norm1: LayerNorm
  let attention: SelfAttention
  let output: Linear
  private let norm2: LayerNorm
  let feedForward: FeedForward

  init(_ weights: Weights, _ config: CLIPTowerConfig, sight: AttentionSight) throws {
    let (width, epsilon) = (config.hiddenSize, config.layerNormEpsilon)
    let attention = weights["self_attn"]
    let mlp = weights["mlp"]
    func projection(_ name: String) throws -> Linear {
      try Linear(attention[name], inputs: width, outputs: width)
    }
    path = weights.path
    norm1 = try LayerNorm(weights["layer_norm1"], width: width, epsilon: epsilon)
    self.attention = SelfAttention(
      path: attention.path, query: try projection("q_proj"), key: try projection("k_proj"),
      value: try projection("v_proj"), heads: config.headCount, sight: sight,
      precision: weights.precision)
    output = try projection("out_proj")
    norm2 = try LayerNorm(weights["layer_norm2"], width: width, epsilon: epsilon)
    feedForward = FeedForward(
      up: try Linear(mlp["fc1"], inputs: width, outputs: config.intermediateSize),
      down: try Linear(mlp["fc2"], inputs: config.intermediateSize, outputs: width),
      activation: config.activation, activatedName: mlp["activation_fn"].path)
  }

  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    attention(norm1(x), in: sequences, keeping: rows, trace: trace)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let attended = output(context, adding: x, trace: trace, as: [attention.path])
    return trace.pass(path, feedForward(norm2(attended), adding: attended, trace: trace))
  }
}
