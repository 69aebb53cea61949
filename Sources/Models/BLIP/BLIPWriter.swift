import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// BLIP that says what is on a picture.
struct BLIPCaptioner: WritingModel {
  private let vision: BLIPVisionTower
  private let decoder: BLIPDecoder
  private let start: Int

  init(_ weights: Weights, _ config: BLIPConfig) throws {
    vision = try BLIPVisionTower(weights["vision_model"], config.vision)
    decoder = try BLIPDecoder(
      weights["text_decoder"], config.text.layers, memoryWidth: config.vision.hiddenSize)
    start = config.text.start
  }

  func see(_ pictures: [Tensor], trace: Trace?) throws -> [Tensor] {
    try vision.tokens(of: pictures, trace: trace)
  }

  /// The decoder's own start stands for the class token, and the text goes on where a prompt would
  /// end.
  func prompt(_ ids: [Int]) -> [Int] { [start] + ids.dropFirst().dropLast() }

  func session(
    _ items: [(ids: [Int], picture: Tensor)]
  ) throws -> any DecodingSession {
    decoder.session(beside: items.map(\.picture))
  }

  func trace(
    _ text: [Int], after item: (ids: [Int], picture: Tensor), trace: Trace
  ) throws -> Tensor {
    try decoder.logits([text], beside: BLIPMemory([item.picture]), trace: trace)
  }
}

/// BLIP that answers questions about a picture: an encoder reads the question beside the picture,
/// and a decoder writes beside the question.
struct BLIPAnswerer: WritingModel {
  private let vision: BLIPVisionTower
  private let encoder: BLIPTextModel
  private let decoder: BLIPDecoder
  private let start: Int

  init(_ weights: Weights, _ config: BLIPConfig) throws {
    let text = config.text.layers
    vision = try BLIPVisionTower(weights["vision_model"], config.vision)
    encoder = try BLIPTextModel(
      weights["text_encoder"], text, memoryWidth: config.vision.hiddenSize, isCausal: false)
    decoder = try BLIPDecoder(weights["text_decoder"], text, memoryWidth: text.hiddenSize)
    start = config.text.start
  }

  func see(_ pictures: [Tensor], trace: Trace?) throws -> [Tensor] {
    try vision.tokens(of: pictures, trace: trace)
  }

  func prompt(_ ids: [Int]) -> [Int] { [start] }

  func session(
    _ items: [(ids: [Int], picture: Tensor)]
  ) throws -> any DecodingSession {
    decoder.session(beside: try questions(items, trace: nil))
  }

  func trace(
    _ text: [Int], after item: (ids: [Int], picture: Tensor), trace: Trace
  ) throws -> Tensor {
    try decoder.logits(
      [text], beside: BLIPMemory(questions([item], trace: trace)), trace: trace)
  }

  /// The questions' tokens, each read beside its picture: [T, C].
  private func questions(
    _ items: [(ids: [Int], picture: Tensor)], trace: Trace?
  ) throws -> [Tensor] {
    guard !items.isEmpty else { return [] }
    let read = try encoder(
      items.map(\.ids), beside: BLIPMemory(items.map(\.picture)), trace: trace)
    return PackedSequences(lengths: items.map(\.ids.count)).ranges.map { read.rows($0) }
  }
}
