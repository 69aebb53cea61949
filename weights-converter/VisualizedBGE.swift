import Foundation
import TesseraCheckpoints

/// A Visualized-BGE checkpoint: a BGE text encoder, an EVA02 image tower and the projection
/// between them, in one state dictionary without any configuration.
///
/// Every size is read from the shape of a tensor; then every name and shape is checked against
/// what these sizes demand.
struct VisualizedBGE {
  let checkpoint: Checkpoint
  let text: TextSizes
  let vision: VisionSizes

  struct TextSizes {
    let vocabulary, positions, types, hidden, intermediate, layers: Int
  }

  struct VisionSizes {
    let hidden, intermediate, blocks, patchSize, patchCount, headWidth, projection: Int

    var imageSize: Int { Int(Double(patchCount).squareRoot().rounded()) * patchSize }
    var headCount: Int { hidden / headWidth }
  }

  /// - Throws: `ConversionError`.
  init(_ checkpoint: Checkpoint) throws {
    self.checkpoint = checkpoint
    let shapes = try AnchorShapes(checkpoint)
    text = TextSizes(
      vocabulary: shapes["bge_embeddings.word_embeddings.weight"][0],
      positions: shapes["bge_embeddings.position_embeddings.weight"][0],
      types: shapes["bge_embeddings.token_type_embeddings.weight"][0],
      hidden: shapes["bge_embeddings.word_embeddings.weight"][1],
      intermediate: shapes["bge_encoder.layer.0.intermediate.dense.weight"][0],
      layers: checkpoint.layerCount(behind: "bge_encoder.layer."))
    vision = VisionSizes(
      hidden: shapes["model_visual.visual.patch_embed.proj.weight"][0],
      intermediate: shapes["model_visual.visual.blocks.0.mlp.w1.weight"][0],
      blocks: checkpoint.layerCount(behind: "model_visual.visual.blocks."),
      patchSize: shapes["model_visual.visual.patch_embed.proj.weight"][2],
      patchCount: shapes["model_visual.visual.pos_embed"][1] - 1,
      headWidth: shapes["model_visual.visual.rope.freqs_cos"][1],
      projection: shapes["model_visual.visual.head.weight"][0])
    try checkGrid()
    try checkTensors()
  }

  /// The shapes from which all sizes are read.
  private struct AnchorShapes {
    private var shapes: [String: [Int]] = [:]

    private static let ranks = [
      ("bge_embeddings.word_embeddings.weight", 2),
      ("bge_embeddings.position_embeddings.weight", 2),
      ("bge_embeddings.token_type_embeddings.weight", 2),
      ("bge_encoder.layer.0.intermediate.dense.weight", 2),
      ("model_visual.visual.patch_embed.proj.weight", 4),
      ("model_visual.visual.pos_embed", 3),
      ("model_visual.visual.rope.freqs_cos", 2),
      ("model_visual.visual.blocks.0.mlp.w1.weight", 2),
      ("model_visual.visual.head.weight", 2),
    ]

    init(_ checkpoint: Checkpoint) throws {
      let missing = Self.ranks.map(\.0).filter { checkpoint.info($0) == nil }
      guard missing.isEmpty else {
        if !checkpoint.commonPrefix.isEmpty {
          throw ConversionError.wrapped(file: checkpoint.path, prefix: checkpoint.commonPrefix)
        }
        throw ConversionError.notVisualizedBGE(file: checkpoint.path, missing: missing)
      }
      for (name, rank) in Self.ranks {
        guard let shape = checkpoint.info(name)?.shape, shape.count == rank,
          shape.allSatisfy({ $0 > 0 })
        else {
          throw ConversionError.sizes(
            file: checkpoint.path, tensor: name, expected: "\(rank) positive dimensions",
            found: checkpoint.info(name)?.shape ?? [])
        }
        shapes[name] = shape
      }
    }

    subscript(name: String) -> [Int] {
      guard let shape = shapes[name] else { preconditionFailure("\(name) is no anchor") }
      return shape
    }
  }

  private func checkGrid() throws {
    let side = vision.imageSize / vision.patchSize
    guard side > 0, side * side == vision.patchCount else {
      throw ConversionError.sizes(
        file: checkpoint.path, tensor: "model_visual.visual.pos_embed",
        expected: "rows for a class token and a square of patches",
        found: [1, vision.patchCount + 1, vision.hidden])
    }
    guard vision.hidden % vision.headWidth == 0 else {
      throw ConversionError.sizes(
        file: checkpoint.path, tensor: "model_visual.visual.rope.freqs_cos",
        expected: "a head width that divides \(vision.hidden)",
        found: [vision.patchCount, vision.headWidth])
    }
  }

  private func checkTensors() throws {
    let expected = VisualizedBGETensors(text: text, vision: vision).shapes
    let optional = ["bge_embeddings.position_ids": [1, text.positions]]
    let missing = expected.keys.filter { checkpoint.info($0) == nil }.sorted()
    guard missing.isEmpty else {
      throw ConversionError.tensorsMissing(file: checkpoint.path, names: missing)
    }
    let unknown = checkpoint.names.filter { expected[$0] == nil && optional[$0] == nil }
    guard unknown.isEmpty else {
      throw ConversionError.tensorsUnknown(file: checkpoint.path, names: unknown)
    }
    for tensor in checkpoint.tensors {
      let shape = expected[tensor.name] ?? optional[tensor.name] ?? []
      guard tensor.shape == shape else {
        throw ConversionError.shape(
          file: checkpoint.path, tensor: tensor.name, expected: shape, found: tensor.shape)
      }
      guard tensor.dtype.isFloatingPoint || optional[tensor.name] != nil else {
        throw ConversionError.notFloatingPoint(
          file: checkpoint.path, tensor: tensor.name, found: tensor.dtype.rawValue)
      }
    }
  }
}
