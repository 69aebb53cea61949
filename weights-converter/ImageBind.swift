import TesseraCheckpoints

/// An ImageBind checkpoint, `imagebind_huge.pth`: six towers in one state dictionary without any
/// configuration, of which those for texts and for pictures are read.
///
/// Sizes are read from shapes; that every tensor has its place is checked when the folder is loaded.
struct ImageBind {
  let checkpoint: Checkpoint
  private let text: Tower
  private let vision: Tower
  private let vocabularySize: Int
  private let positionCount: Int
  private let imageSize: Int
  private let patchSize: Int
  private let dimension: Int

  private struct Tower {
    let hiddenSize, intermediateSize, layerCount: Int
  }

  private static let kernel = "modality_preprocessors.vision.rgbt_stem.proj.1.weight"
  /// Of both towers of the one checkpoint that was published; no shape says it.
  private static let headCount = 16

  /// Whether a checkpoint is one of these.
  static func isOne(_ checkpoint: Checkpoint) -> Bool { checkpoint.info(kernel) != nil }

  /// - Throws: `ConversionError`.
  init(_ checkpoint: Checkpoint) throws {
    self.checkpoint = checkpoint
    func shape(_ name: String, rank: Int) throws -> [Int] {
      guard let shape = checkpoint.info(name)?.shape, shape.count == rank,
        shape.allSatisfy({ $0 > 0 })
      else {
        throw ConversionError.sizes(
          file: checkpoint.path, tensor: name, expected: "\(rank) positive dimensions",
          found: checkpoint.info(name)?.shape ?? [])
      }
      return shape
    }
    func tower(_ sense: String) throws -> Tower {
      let blocks = "modality_trunks.\(sense).blocks."
      let name = "\(blocks)0.mlp.fc1.weight"
      let matrix = try shape(name, rank: 2)
      guard matrix[1].isMultiple(of: Self.headCount) else {
        throw ConversionError.sizes(
          file: checkpoint.path, tensor: name, expected: "a width of \(Self.headCount) heads",
          found: matrix)
      }
      return Tower(
        hiddenSize: matrix[1], intermediateSize: matrix[0],
        layerCount: checkpoint.layerCount(behind: blocks))
    }
    text = try tower("text")
    vision = try tower("vision")
    let words = "modality_preprocessors.text"
    vocabularySize = try shape("\(words).token_embedding.weight", rank: 2)[0]
    positionCount = try shape("\(words).pos_embed", rank: 3)[1]
    patchSize = try shape(Self.kernel, rank: 5)[4]
    let positions = "modality_preprocessors.vision.pos_embedding_helper.pos_embed"
    let patchCount = try shape(positions, rank: 3)[1] - 1
    let side = Int(Double(patchCount).squareRoot().rounded())
    guard side > 0, side * side == patchCount else {
      throw ConversionError.sizes(
        file: checkpoint.path, tensor: positions,
        expected: "rows for a class token and a square of patches",
        found: [1, patchCount + 1, vision.hiddenSize])
    }
    imageSize = side * patchSize
    dimension = try shape("modality_heads.vision.2.weight", rank: 2)[0]
  }

  /// - Parameter tokenizer: a folder with CLIP's tokenizer.
  /// - Throws: `ConversionError`.
  func plan(tokenizer: String, _ quantizer: Quantizer?) throws -> ModelPlan {
    var plan = ModelPlan()
    plan.add("config.json", text: config)
    for name in try TokenizerFiles.present(in: tokenizer) {
      plan.copy("\(tokenizer)/\(name)", to: name)
    }
    plan.add(
      try WeightsPlan(
        path: "model.safetensors", [.init(checkpoint: checkpoint, prefix: "")],
        quantizer: quantizer))
    return plan
  }

  private var config: String {
    func keys(_ tower: Tower) -> String {
      """
      "hidden_size": \(tower.hiddenSize),
          "intermediate_size": \(tower.intermediateSize),
          "num_hidden_layers": \(tower.layerCount),
          "num_attention_heads": \(Self.headCount),
          "hidden_act": "gelu",
          "layer_norm_eps": 1e-06
      """
    }
    return """
      {
        "model_type": "imagebind",
        "architectures": ["ImageBindModel"],
        "projection_dim": \(dimension),
        "text_config": {
          "vocab_size": \(vocabularySize),
          "max_position_embeddings": \(positionCount),
          \(keys(text))
        },
        "vision_config": {
          "image_size": \(imageSize),
          "patch_size": \(patchSize),
          \(keys(vision))
        }
      }

      """
  }
}
