import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// BLIP that compares pictures with texts: by a vector of each, or, slower and better, by reading a
/// text beside the picture.
///
/// Li et al., "BLIP: Bootstrapping Language-Image Pre-training".
struct BLIPMatching: MatchingModel {
  private let towers: TwoTowers<ProjectedTextTower<BLIPTextModel>, BLIPPictureTower>
  private let text: BLIPTextModel
  private let matchHead: Linear

  init(_ weights: Weights, _ config: BLIPConfig) throws {
    let (pictureWidth, textWidth) = (config.vision.hiddenSize, config.text.layers.hiddenSize)
    func linear(_ name: String, inputs: Int, outputs: Int) throws -> Linear {
      try Linear(weights[name], inputs: inputs, outputs: outputs, precision: .float32)
    }
    text = try BLIPTextModel(
      weights["text_encoder"], config.text.layers, memoryWidth: pictureWidth, isCausal: false)
    towers = TwoTowers(
      ProjectedTextTower(
        text, try linear("text_proj", inputs: textWidth, outputs: config.projectionSize)),
      BLIPPictureTower(
        tower: try BLIPVisionTower(weights["vision_model"], config.vision),
        projection: try linear(
          "vision_proj", inputs: pictureWidth, outputs: config.projectionSize)),
      isNormalizing: true, labelScoring: nil)
    matchHead = try linear("itm_head", inputs: textWidth, outputs: 2)
  }

  func see(_ pictures: [Tensor], trace: Trace?) throws -> [Tensor] {
    try towers.picture.tower.tokens(of: pictures, trace: trace)
  }

  func match(_ pairs: [(ids: [Int], picture: Tensor)], trace: Trace?) throws -> Tensor {
    let first = try text(
      pairs.map(\.ids), beside: BLIPMemory(pairs.map(\.picture)), keepingFirst: true, trace: trace)
    return trace.pass(matchHead.path, matchHead(first))
  }
}

/// The vectors are those of its two towers.
extension BLIPMatching: StudiedModel {
  var dimension: Int { towers.dimension }

  /// An item with both, which only a caller can ask for, is the sum of both features.
  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    try towers(inputs, kinds, trace: trace)
  }

  func pooledRows(of input: ModelInput) -> [Int] { towers.pooledRows(of: input) }

  func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    try towers.vectors(
      of: input, leavingOut: groups, batchRows: batchRows, progress: progress)
  }

  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try towers.dissect(input, along: direction, sources: sources)
  }
}

/// The class token, projected.
private struct BLIPPictureTower: FeatureTower {
  let tower: BLIPVisionTower
  let projection: Linear

  var dimension: Int { projection.outputs }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let classTokens = try tower(inputs.compactMap(\.pixels), keepingFirst: true, trace: trace)
    return trace.pass(projection.path, projection(classTokens))  // [pictures, D]
  }
}

extension BLIPPictureTower: PreNormTower {
  var stack: [BLIPVisionLayer] { tower.layers }
  var maps: [RowMap] { [.norm(tower.norm), .linear(projection)] }

  func entering(_ input: ModelInput) -> Tensor {
    tower.embed([input].compactMap(\.pixels), trace: nil)
  }
}
