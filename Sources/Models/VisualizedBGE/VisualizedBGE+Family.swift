import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraTokenizers

/// Visualized-BGE on BERT (base) and on XLM-RoBERTa (M3), as `weights-converter` makes folders of it.
struct VisualizedBGEFamily: ModelFamily {
  static let modelTypes = ["visualized_bge"]
  static let quantizedLayers =
    BERTFamily.quantizedLayers
    + EVA02Spelling.original.linearLayers.map { "visual.blocks.*.\($0)" }
  /// The tower's own contrastive head, and the rope buffers that each block repeats.
  static let unusedTensors = [
    "bge_pooler.*", "bge_embeddings.position_ids", "model_visual.logit_scale",
    "model_visual.visual.norm.*", "model_visual.visual.head.*", "model_visual.visual.rope.*",
  ]
  static let stages = StageNames(
    attention: "bge_encoder.layer.#.attention.probs",
    towerAttention: "model_visual.*.blocks.#.attn.probs", towerPrefix: "model_visual.",
    inputs: ["fusion", "model_visual.visual.embeddings"])

  let config: VisualizedBGEConfig

  init(_ folder: ModelFiles) throws { config = try VisualizedBGEConfig(folder.config) }

  var format: any InputFormat { config }
  var pixels: PixelRecipe? { .torchvision(size: config.vision.imageSize) }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    try VisualizedBGE(weights, config)
  }
}

/// `config.json` of a converted Visualized-BGE.
package struct VisualizedBGEConfig: Sendable {
  let text: BERTConfig
  let vision: EVA02Config

  /// - Throws: `FieldError` for towers that no model can have, or that do not fit together.
  package init(_ config: Config) throws {
    let textConfig = try config.object("text_config")
    let modelType = try textConfig.required("model_type")
    let defaults: BERTConfig.Defaults
    switch try modelType.string() {
    case "bert": defaults = .bert
    case "xlm-roberta": defaults = .xlmRoBERTa
    default: throw modelType.wrongType("bert, xlm-roberta")
    }
    text = try BERTConfig(textConfig, defaults)
    vision = try EVA02Config(config.object("vision_config"))
    guard text.positions.count > vision.patchCount + 1 else {
      throw textConfig.field.place.key("max_position_embeddings").inconsistent(
        "\(text.positions.count), but a picture has \(vision.patchCount) tokens")
    }
  }
}

/// The picture's patches stand between the class token and the words.
extension VisualizedBGEConfig: InputFormat {
  package var imageSize: Int? { vision.imageSize }
  package var fusion: Fusion { .oneSequence(imageTokens: vision.patchCount) }
  package var vocabularySize: Int { text.vocabularySize }

  package func maximumTextTokens(besideImage: Bool) -> Int {
    besideImage
      ? text.positions.count - vision.patchCount : text.maximumTextTokens(besideImage: false)
  }

  package func layout(of input: ModelInput) -> [SequenceRow] {
    let words = zip(input.ids.indices, textPositions(of: input)).map {
      SequenceRow(.token($0), position: $1)
    }
    guard input.picture != nil else { return words }
    let image = (0..<vision.patchCount).map { SequenceRow(.patch($0), position: 1 + $0) }
    return words.prefix(1) + image + words.dropFirst()
  }

  /// Beside a picture, the words stand behind its tokens on both backbones.
  func textPositions(of input: ModelInput) -> [Int] {
    guard input.picture != nil else { return text.positions(of: input.ids) }
    return [0] + (1..<input.ids.count).map { vision.patchCount + $0 }
  }
}
