import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Joins square blocks of patches ("pixel shuffle"), and projects each to the width of words.
struct PatchJoiner: Sendable {
  /// The modules that hand on what the projection gives, itself first.
  private let paths: [String]
  private let projection: Linear
  /// Patches along a side of a tile, and of a block.
  private let side: Int
  private let factor: Int

  /// - Parameters:
  ///   - factor: patches along a side of those that become one token.
  ///   - outputs: the width of words.
  init(_ weights: Weights, _ vision: SigLIPConfig.Vision, factor: Int, outputs: Int) throws {
    let module = weights["modality_projection"]
    // A module of its own in Idefics3 and SmolVLM.
    let layer = module.contains("weight") ? module : module["proj"]
    side = vision.imageSize / vision.patchSize
    self.factor = factor
    projection = try Linear(
      layer, inputs: vision.tower.hiddenSize * factor * factor, outputs: outputs, hasBias: false,
      precision: .float32)
    paths = [layer.path] + (layer.path == module.path ? [] : [module.path]) + [weights.path]
  }

  /// [tiles·side², C] → [tiles·(side / factor)², outputs]
  func callAsFunction(_ patches: Tensor, trace: Trace?) -> Tensor {
    projection(joined(patches), trace: trace, as: paths)
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
