import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// BLIP that compares pictures with texts: by a vector of each, or, slower and better, by reading a
/// text beside the picture.
///
/// Li et al., "BLIP: Bootstrapping Language-Image Pre-training".
struct BLIPMatching: EmbeddingModel, MatchingModel {
  private let vision: BLIPVisionTower
  private let text: BLIPTextModel
  private let visionProjection: Linear
  private let textProjection: Linear
  private let matchHead: Linear

  init(_ weights: Weights, _ config: BLIPConfig) throws {
    let (pictureWidth, textWidth) = (config.vision.hiddenSize, config.text.layers.hiddenSize)
    func linear(_ name: String, inputs: Int, outputs: Int) throws -> Linear {
      try Linear(weights[name], inputs: inputs, outputs: outputs, precision: .float32)
    }
    vision = try BLIPVisionTower(weights["vision_model"], config.vision)
    text = try BLIPTextModel(
      weights["text_encoder"], config.text.layers, memoryWidth: pictureWidth, isCausal: false)
    visionProjection = try linear(
      "vision_proj", inputs: pictureWidth, outputs: config.projectionSize)
    textProjection = try linear("text_proj", inputs: textWidth, outputs: config.projectionSize)
    matchHead = try linear("itm_head", inputs: textWidth, outputs: 2)
  }

  var dimension: Int { visionProjection.outputs }

  /// An item with both, which only a caller can ask for, is the sum of both features.
  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    var features = [Tensor?](repeating: nil, count: inputs.count)
    func add(
      _ isRead: (ModelInput) -> Bool, _ projection: Linear,
      _ classTokens: ([ModelInput]) throws -> Tensor
    ) throws {
      let indices = inputs.indices.filter { isRead(inputs[$0]) }
      guard !indices.isEmpty else { return }
      let rows = trace.pass(
        projection.path, projection(try classTokens(indices.map { inputs[$0] })))  // [B, D]
      for (row, index) in indices.enumerated() {
        features[index] = features[index].map { $0 + rows.row(row) } ?? rows.row(row)
      }
    }
    try add({ !$0.ids.isEmpty }, textProjection) {
      try text($0.map(\.ids), beside: nil, keepingFirst: true, trace: trace)
    }
    try add({ $0.picture != nil }, visionProjection) {
      try vision($0.compactMap(\.pixels), keepingFirst: true, trace: trace)
    }
    return features.map { ModelOutput(vector: $0?.normalized()) }
  }

  func see(_ pictures: [Tensor], trace: Trace?) throws -> [Tensor] {
    try vision.tokens(of: pictures, trace: trace)
  }

  func match(_ pairs: [(ids: [Int], picture: Tensor)], trace: Trace?) throws -> Tensor {
    let first = try text(
      pairs.map(\.ids), beside: BLIPMemory(pairs.map(\.picture)), keepingFirst: true, trace: trace)
    return trace.pass(matchHead.path, matchHead(first))
  }
}
