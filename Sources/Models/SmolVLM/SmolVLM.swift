import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// SigLIP's patches, joined to fewer and wider ones, as words of a language model.
///
/// Marafioti et al., "SmolVLM"; Laurençon et al., "Building and better understanding vision-language
/// models" (Idefics3).
struct SmolVLM: ChatModel {
  private let vision: SigLIPPatches
  private let connector: SmolVLMConnector
  private let language: LanguageModel

  init(_ weights: Weights, _ config: SmolVLMConfig) throws {
    let model = weights["model"]
    vision = try SigLIPPatches(model["vision_model"].ofEncoder, config.vision)
    connector = try SmolVLMConnector(model["connector"], config)
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

/// Joins square blocks of patches ("pixel shuffle"), and projects each to the width of words.
private struct SmolVLMConnector: Sendable {
  private let path: String
  private let projectionPath: String
  private let projection: Linear
  /// Patches along a side of a tile, and of a block.
  private let side: Int
  private let factor: Int

  init(_ weights: Weights, _ config: SmolVLMConfig) throws {
    let module = weights["modality_projection"]
    path = weights.path
    projectionPath = module.path
    side = config.vision.imageSize / config.vision.patchSize
    factor = config.scaleFactor
    projection = try Linear(
      module["proj"], inputs: config.vision.tower.hiddenSize * factor * factor,
      outputs: config.text.decoder.hiddenSize, hasBias: false, precision: .float32)
  }

  /// [tiles·side², C] → [tiles·(side / factor)², text's C]
  func callAsFunction(_ patches: Tensor, trace: Trace?) -> Tensor {
    let tokens = projection(
      joined(patches), trace: trace, as: [projection.path, projectionPath, path])
    return tokens
  }

  /// Blocks row by row, within each its patches row by row.
  private func joined(_ patches: Tensor) -> Tensor {
    let tiles = patches.rowCount / (side * side)
    let blocks = side / factor
    var order: [Int] = []
    order.reserveCapacity(patches.rowCount)
    for tile in 0..<tiles {
      for blockRow in 0..<blocks {
        for blockColumn in 0..<blocks {
          for row in 0..<factor {
            let first = (tile * side + blockRow * factor + row) * side + blockColumn * factor
            order += first..<first + factor
          }
        }
      }
    }
    return patches.rows(at: order)
      .reshaped([tiles * blocks * blocks, factor * factor * patches.rowWidth])
  }
}
