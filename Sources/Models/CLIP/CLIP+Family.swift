import Foundation
import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraLayers
import TesseraTokenizers

/// CLIP in the sizes of OpenAI and LAION, and BGE-VL, which adds texts to pictures.
///
/// Radford et al., "Learning Transferable Visual Models From Natural Language Supervision"; Zhou et
/// al., "MegaPairs".
struct CLIPFamily: ModelFamily {
  static let modelTypes = ["clip"]
  static let givesFeatures = true
  static let quantizedLayers = CLIPLayers.quantizedLayers(below: "_model")
  static let unusedTensors = ["*.embeddings.position_ids"]
  static let stages = StageNames(
    attention: "text_model.*.layers.#.self_attn.probs",
    towerAttention: CLIPPictures.attention, towerPrefix: CLIPPictures.prefix)

  private let text: CLIPTextConfig
  private let pictures: CLIPPictures
  let format: any InputFormat

  init(_ folder: ModelFiles) throws {
    text = try CLIPTextConfig(folder.config.innerOfCLIP("text_config"))
    pictures = try CLIPPictures(folder, .clip, dimension: 512)
    format = pictures.format(
      vocabularySize: text.vocabularySize, maximumTextTokens: text.maxPositionEmbeddings,
      summing: try Self.isBGEVL(folder.config))
  }

  var pixels: PixelRecipe? { pictures.recipe }
  var textStyle: TextStyle { .processor }

  /// With another model's tokenizer every text would become the same vector.
  func check(_ tokenizer: Tokenizer) throws {
    guard case .first(let end) = text.pooledToken else { return }
    let ids = tokenizer.encode("").ids
    guard ids.contains(end) else {
      throw FilePlace(file: "config.json", path: "text_config.eos_token_id").inconsistent(
        "\(end), but the tokenizer makes of an empty text the ids \(ids)")
    }
  }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    try pictures.model(
      weights,
      beside: CLIPTextTower(
        weights["text_model"], text,
        projection: Linear(
          weights["text_projection"], inputs: text.tower.hiddenSize,
          outputs: pictures.dimension, hasBias: false, precision: .float32)))
  }

  /// BGE-VL is CLIP whose own code adds the features of both; its config names that code.
  private static func isBGEVL(_ config: Config) throws -> Bool {
    let code = try config.optionalObject("auto_map")?.field.members().compactMap(\.value.string)
    let path = try config.optional("_name_or_path")?.string() ?? ""
    return code?.contains { $0.contains("modeling_MMRet_CLIP") } ?? false
      || ["BGE-VL", "MMRet"].contains { path.contains($0) }
  }
}

extension LabelScoring {
  /// The factor on cosines is exp(logit_scale).
  static func softmax(_ weights: Weights) throws -> LabelScoring {
    .softmax(scale: exp(try weights.number("logit_scale", shape: [])))
  }

  /// The factor on cosines is the exponential of a tensor, or `limit` if that is less.
  static func softmax(
    _ weights: Weights, _ name: String, atMost limit: Float
  ) throws -> LabelScoring {
    .softmax(scale: min(exp(try weights.number(name, shape: [])), limit))
  }

  /// The factor on cosines is exp(logit_scale), to which logit_bias is added.
  static func sigmoid(_ weights: Weights) throws -> LabelScoring {
    .sigmoid(
      scale: exp(try weights.number("logit_scale", shape: [1])),
      bias: try weights.number("logit_bias", shape: [1]))
  }
}

extension Weights {
  fileprivate func number(_ name: String, shape: [Int]) throws -> Float {
    try tensor(name, shape: shape).widened().elements[0]
  }
}
