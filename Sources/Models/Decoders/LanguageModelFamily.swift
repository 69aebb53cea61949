import TesseraCheckpoints
import TesseraImages
import TesseraLayers
import TesseraTensors

/// Llama, Mistral, Qwen2 and Qwen3 as they answer: texts alone.
///
/// transformers' `…ForCausalLM`.
struct LanguageModelFamily: ChatFamily {
  static let modelTypes = LanguageModelConfig.modelTypes
  static let quantizedLayers = Decoder.quantizedLayers
  static let fourBitLayers = Decoder.quantizedLayers
  static let unusedTensors = ["*rotary_emb.inv_freq"]
  static let attention = "*layers.#.self_attn.probs"

  private let config: LanguageModelConfig
  let format: ChatFormat

  /// A language model, and none whose vectors are pooled.
  static func accepts(_ folder: ModelFiles) throws -> Bool {
    try folder.modules == nil
      && folder.architectures().first?.hasSuffix("ForCausalLM") ?? false
  }

  init(_ folder: ModelFiles) throws {
    config = try LanguageModelConfig(folder.config)
    format = ChatFormat(
      vocabularySize: config.decoder.vocabularySize, positions: config.positions,
      ends: try folder.ends() ?? config.ends, pictureToken: nil)
  }

  func prepare(_ pictures: [Raster]) throws -> [PreparedPicture] {
    guard pictures.isEmpty else { throw ChatError.noPictures }
    return []
  }

  func expand(_ prompt: String, _ pictures: [PreparedPicture]) throws -> String {
    guard pictures.isEmpty else { throw ChatError.noPictures }
    return prompt
  }

  func tokens(of picture: PreparedPicture) -> PictureTokens { PictureTokens(side: 0, parts: []) }

  func model(_ weights: Weights) throws -> any ChatModel {
    TextChat(
      language: try LanguageModel(
        weights["model"], head: weights["lm_head"], config, sharesWords: config.sharesWords))
  }
}

/// A language model that reads no pictures.
private struct TextChat: ChatModel {
  let language: LanguageModel

  func see(_ pictures: [PreparedPicture], trace: Trace?) throws -> [Tensor] {
    guard pictures.isEmpty else { throw ChatError.noPictures }
    return []
  }

  func session() -> any ChatSession { language.session }

  func trace(_ ids: [Int], pictures: [Tensor], trace: Trace) throws -> Tensor {
    try language.trace(ids, pictures: pictures, trace: trace)
  }
}

extension ModelFiles {
  /// The tokens that end an answer: those of `generation_config.json`, or else of `config.json`.
  ///
  /// - Throws: `FieldError`.
  func ends() throws -> Set<Int>? {
    try config(ifPresent: "generation_config.json")?.ends() ?? config.ends()
  }
}
