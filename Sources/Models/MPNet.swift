import Foundation
import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// What is added to scores by distance, learned for ranges of distances that widen: T5's buckets, in
/// both directions.
///
/// Raffel et al., "Exploring the Limits of Transfer Learning".
struct RelativeBuckets {
  private let count: Int
  /// From which distance on all share a bucket.
  private static let farthest = 128

  init(count: Int) { self.count = count }

  /// The bucket of the key that stands `distance` behind its query.
  func bucket(of distance: Int) -> Int {
    let side = count / 2
    let start = distance > 0 ? side : 0
    let size = abs(distance)
    let exact = side / 2
    guard size >= exact else { return start + size }
    // In float32, as the reference rounds.
    let octaves = log(Float(size) / Float(exact)) / log(Float(Self.farthest) / Float(exact))
    return start + min(exact + Int(octaves * Float(side - exact)), side - 1)
  }

  /// - Parameter table: [buckets, H]
  func bias(_ table: Tensor) -> DistanceBias {
    let distances = Array(-Self.farthest...Self.farthest)
    let (heads, buckets) = (table.rowWidth, distances.map(bucket))
    return DistanceBias(
      Tensor(shape: [heads, distances.count]) { out in
        table.withElements { table in
          for head in 0..<heads {
            for (i, bucket) in buckets.enumerated() {
              out[head * buckets.count + i] = table[bucket * heads + head]
            }
          }
        }
      })
  }
}

/// A layer of BERT's kind whose attention knows how far apart tokens stand.
struct MPNetLayer: PostNormLayer {
  let path: String
  private let attentionPath: String
  let selfAttention: SelfAttention
  let output: Linear
  let attentionNorm: LayerNorm
  let feedForward: FeedForward
  let norm: LayerNorm

  init(_ weights: Weights, _ config: BERTConfig, _ bias: DistanceBias) throws {
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    let attention = weights["attention"]
    let attn = attention["attn"]
    func projection(_ name: String) throws -> Linear {
      try Linear(attn[name], inputs: width, outputs: width)
    }
    path = weights.path
    attentionPath = attention.path
    selfAttention = SelfAttention(
      path: attn.path, query: try projection("q"), key: try projection("k"),
      value: try projection("v"), heads: config.headCount, bias: bias,
      precision: weights.precision)
    output = try projection("o")
    attentionNorm = try LayerNorm(
      attention["LayerNorm"], width: width, epsilon: config.layerNormEpsilon)
    feedForward = FeedForward(
      up: try Linear(weights["intermediate"]["dense"], inputs: width, outputs: hidden),
      down: try Linear(weights["output"]["dense"], inputs: hidden, outputs: width),
      activation: config.activation, activatedName: weights["intermediate"].path)
    norm = try LayerNorm(
      weights["output"]["LayerNorm"], width: width, epsilon: config.layerNormEpsilon)
  }

  var attendedPath: String { attentionPath }
  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    selfAttention(x, in: sequences, keeping: rows, trace: trace)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let projected = output(context, trace: trace, as: [output.path, selfAttention.path])
    let attended = trace.pass(
      attentionPath, trace.pass(attentionNorm.path, attentionNorm(projected, adding: x)))
    let out = norm(feedForward(attended, trace: trace), adding: attended)
    return trace.pass(path, trace.pass("\(path).output", out))
  }
}

/// MPNet as a sentence encoder: all-mpnet-base, multi-qa-mpnet.
///
/// Song et al., "MPNet".
struct MPNetFamily: SentenceEncoderFamily {
  static let modelTypes = ["mpnet"]
  static let prefix = "mpnet"
  static let stages = StageNames(attention: "encoder.layer.#.attention.attn.probs")
  static let unusedTensors = BERTFamily.headTensors(under: prefix)
  static let quantizedLayers = [
    "attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o",
    "intermediate.dense", "output.dense",
  ].map { "encoder.layer.*.\($0)" }

  let config: BERTConfig
  let bucketCount: Int
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    let keys = folder.config
    config = BERTConfig(
      vocabularySize: try keys.size("vocab_size"), hiddenSize: try keys.size("hidden_size"),
      layerCount: try keys.layerCount(), headCount: try keys.size("num_attention_heads"),
      intermediateSize: try keys.size("intermediate_size"), activation: try keys.activation(),
      layerNormEpsilon: try keys.epsilon(),
      positions: PositionTable(
        count: try keys.size("max_position_embeddings"), start: .behind(padding: 1)),
      tokenTypeCount: 0)
    try keys.requireDivisible(
      "hidden_size", config.hiddenSize, by: "num_attention_heads", config.headCount)
    // The reference counts positions from its padding's id whatever the file says.
    if let padding = try keys.optional("pad_token_id"), try padding.int(in: 0...1 << 28) != 1 {
      throw padding.wrongType("1")
    }
    bucketCount = try keys.int("relative_attention_num_buckets", in: 4...1 << 16)
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> PostNormTower<MPNetLayer> {
    let encoder = weights["encoder"]
    let table = try encoder["relative_attention_bias"].tensor(
      "weight", shape: [bucketCount, config.headCount])
    let bias = RelativeBuckets(count: bucketCount).bias(table.widened())
    return try PostNormTower(weights, config) {
      try (0..<config.layerCount).map { try MPNetLayer(encoder["layer"][$0], config, bias) }
    }
  }
}

extension MPNetFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    let head = weights["classifier"]
    return Classifier(
      try tower(weights.below(Self.prefix)),
      try ClassificationHead(
        dense: head["dense"], .tanh, output: head["out_proj"], outputNames: [head.path],
        width: config.hiddenSize, labels: labels))
  }
}
