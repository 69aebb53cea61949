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

/// MPNet as a sentence encoder: all-mpnet-base, multi-qa-mpnet. BERT's layers, whose attention knows how
/// far apart tokens stand.
///
/// Song et al., "MPNet".
struct MPNetFamily: SentenceEncoderFamily {
  static let modelTypes = ["mpnet"]
  static let prefix = "mpnet"
  static let stages = StageNames(attention: "encoder.layer.#.attention.attn.probs")
  static let unusedTensors = BERTFamily.headTensors(under: prefix)
  static let otherHeads = BERTFamily.otherHeads
  static let quantizedLayers = PostNormSpelling.mpnet.linearLayers.map { "encoder.layer.*.\($0)" }

  let config: BERTConfig
  let bucketCount: Int
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    let keys = folder.config
    // What is missing is MPNetConfig's default.
    config = BERTConfig(
      vocabularySize: try keys.size("vocab_size", default: 30527),
      hiddenSize: try keys.size("hidden_size", default: 768),
      layerCount: try keys.layerCount(default: 12),
      headCount: try keys.size("num_attention_heads", default: 12),
      intermediateSize: try keys.size("intermediate_size", default: 3072),
      activation: try keys.activation(default: .gelu),
      layerNormEpsilon: try keys.epsilon(default: 1e-12),
      positions: PositionTable(
        count: try keys.size("max_position_embeddings", default: 512),
        start: .behind(padding: 1)),
      tokenTypeCount: 0)
    try keys.requireDivisible(
      "hidden_size", config.hiddenSize, by: "num_attention_heads", config.headCount)
    // The reference counts positions from its padding's id whatever the file says.
    if let padding = try keys.optional("pad_token_id"), try padding.int(in: 0...1 << 28) != 1 {
      throw padding.wrongType("1")
    }
    bucketCount = try keys.int(
      "relative_attention_num_buckets", in: 4...1 << 16, default: 32)
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> PostNormTower {
    let encoder = weights["encoder"]
    let table = try encoder["relative_attention_bias"].tensor(
      "weight", shape: [bucketCount, config.headCount])
    let bias = RelativeBuckets(count: bucketCount).bias(table.widened())
    return try PostNormTower(weights, config) {
      try PostNormLayer(encoder["layer"][$0], config, .mpnet, bias: bias)
    }
  }
}

extension MPNetFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    Classifier(
      try tower(weights.below(Self.prefix)),
      try ClassificationHead(
        below: weights["classifier"], .tanh, width: config.hiddenSize, labels: labels))
  }
}
