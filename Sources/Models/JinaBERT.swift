import Foundation
import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors

/// A slope a head, by which a score falls with distance.
///
/// Press et al., "Train Short, Test Long" (ALiBi), to both sides as in an encoder.
struct DistanceSlopes {
  let values: [Float]

  /// 2^(−8/n), and powers of it, for n heads; where n is no power of two, those of the power below
  /// it, then every other one of twice that.
  init(heads: Int) {
    func geometric(_ count: Int) -> [Double] {
      let first = pow(2, -8 / Double(count))
      return (1...count).map { pow(first, Double($0)) }
    }
    let power = 1 << (Int.bitWidth - 1 - heads.leadingZeroBitCount)
    let others = geometric(2 * power)
    let all = geometric(power) + stride(from: 0, to: others.count, by: 2).map { others[$0] }
    values = all.prefix(heads).map { Float($0) }
  }

  /// As far as texts reach.
  func bias(reach: Int) -> DistanceBias {
    let width = 2 * reach + 1
    return DistanceBias(
      Tensor(shape: [values.count, width]) { out in
        for (head, slope) in values.enumerated() {
          for i in 0..<width { out[head * width + i] = -slope * Float(abs(i - reach)) }
        }
      })
  }
}

extension BERTConfig {
  /// Jina's second generation.
  ///
  /// - Throws: `FieldError`.
  init(ofJina keys: Config) throws {
    try keys.requireIfPresent("feed_forward_type", is: "geglu")
    // Its own code's defaults are BERT's.
    try self.init(keys, .bert, positionType: "alibi")
  }
}

extension PostNormLayer {
  /// Jina's: BERT's attention with slopes, and a gated feed-forward behind it.
  fileprivate init(_ weights: Weights, _ config: BERTConfig, _ bias: DistanceBias) throws {
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    let (mlp, bert) = (weights["mlp"], PostNormSpelling.bert)
    self.init(
      path: weights.path,
      selfAttention: try SelfAttention(weights, config, bert, bias: bias),
      output: try Linear(weights[bert.output], inputs: width, outputs: width),
      attentionNorm: try LayerNorm(
        weights[bert.attentionNorm], width: width, epsilon: config.layerNormEpsilon),
      feedForward: try GatedFeedForward(
        path: mlp.path, both: mlp["gated_layers"], inputs: width, hidden: hidden,
        gateIsFirst: true, hasBias: false,
        down: try Linear(mlp["wo"], inputs: hidden, outputs: width),
        activation: config.activation, activatedName: "act"),
      norm: try LayerNorm(mlp["layernorm"], width: width, epsilon: config.layerNormEpsilon),
      stages: Stages(
        context: ["attention.self"], attended: ["attention.output", "attention"],
        end: ["mlp.layernorm"]
      ).below(weights))
  }
}

/// Jina's BERT as a sentence encoder: jina-embeddings-v2-base-en, -small-en, -zh, -de.
///
/// Günther et al., "Jina Embeddings 2". It says that it is a BERT, and differs by its slopes.
struct JinaBERTFamily: SentenceEncoderFamily {
  static let modelTypes = BERTFamily.modelTypes
  static let prefix = "bert"
  static let stages = BERTFamily.stages
  static let unusedTensors = BERTFamily.headTensors(under: prefix)
  static let quantizedLayers = [
    "attention.self.query", "attention.self.key", "attention.self.value",
    "attention.output.dense", "mlp.gated_layers", "mlp.wo",
  ].map { "encoder.layer.*.\($0)" }

  let config: BERTConfig
  let head: SentenceHead

  static func accepts(_ folder: ModelFiles) throws -> Bool {
    try folder.config.optional("position_embedding_type")?.value.string == "alibi"
  }

  init(_ folder: ModelFiles) throws {
    config = try BERTConfig(ofJina: folder.config)
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> PostNormTower {
    let tables = weights["embeddings"]
    let bias = DistanceSlopes(heads: config.headCount).bias(reach: config.positions.count)
    return PostNormTower(
      try TypedWordEmbeddings(tables, norm: tables["LayerNorm"], config),
      try (0..<config.layerCount).map {
        try PostNormLayer(weights["encoder"]["layer"][$0], config, bias)
      }, width: config.hiddenSize)
  }
}
