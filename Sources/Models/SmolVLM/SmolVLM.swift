import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// SigLIP's patches, joined to fewer and wider ones, as words of a language model.
///
/// Marafioti et al., "SmolVLM"; Laurençon et al., "Building and better understanding vision-language
/// models" (Idefics3).
struct SmolVLM: ChatModel {
  private let vision: SigLIPPatches
  private let connector: PatchJoiner
  private let language: LanguageModel

  init(_ weights: Weights, _ config: SmolVLMConfig) throws {
    let model = weights["model"]
    vision = try SigLIPPatches(model["vision_model"].ofEncoder, config.vision)
    connector = try PatchJoiner(
      model["connector"], config.vision, factor: config.scaleFactor,
      outputs: config.text.decoder.hiddenSize)
    language = try LanguageModel(
      model["text_model"], head: weights["lm_head"], config.text,
      sharesWords: config.sharesWords, pictureToken: config.pictureToken)
  }

  func see(_ pictures: [PreparedPicture], trace: Trace?) throws -> [Tensor] {
    let tokens = try pictures.seen(trace: trace) {
      connector(try vision($0, trace: trace).hidden, trace: trace)
    }
    guard let tokens else { return [] }
    var start = 0
    return pictures.map { picture in
      let rows = start..<start + picture.tokenCount
      start = rows.upperBound
      return tokens.rows(rows)
    }
  }

  func session() -> any ChatSession { language.session }

  func trace(_ ids: [Int], pictures: [Tensor], trace: Trace) throws -> Tensor {
    try language.trace(ids, pictures: pictures, trace: trace)
  }
}
