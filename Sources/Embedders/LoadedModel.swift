import Checkpoints
import Foundation
import Images
import Models
import Tokenizers

/// Everything that a model folder holds, read and checked.
struct LoadedModel: Sendable {
  let model: any EmbeddingModel
  let tokenizer: Tokenizer
  let recipe: PixelRecipe?
  let textRules: TextRules
  /// What the checkpoint holds, in its order.
  let tensors: [TensorInfo]
  /// Names of tensors that serve other purposes than the vectors.
  let unreadNames: Set<String>
  let precision: Precision

  /// - Parameter precision: nil for that of the folder.
  /// - Throws: `EmbedderError.unusableModel`, `EmbedderError.precisionNotSupported`.
  init(folder: URL, precision: Precision?) throws {
    do {
      let layout = try SentenceTransformersLayout(folder: folder)
      let files = layout.transformerFolder
      let config = try ConfigFile(files.appending(path: "config.json"))
      let checkpoint = try Checkpoint.open(files)
      let precision = precision ?? (checkpoint.isQuantized ? .int8 : .float32)
      let weights = Weights(
        checkpoint, precision: try precision.checked(isQuantized: checkpoint.isQuantized))
      self.precision = precision
      // A large vocabulary takes a while to read; the weights meanwhile are packed.
      let pendingTokenizer = Background { try Tokenizer(folder: files) }
      let head = try layout.head()
      switch try config.modelType {
      case "bert", "xlm-roberta":
        let bert = try config.decode(BERTConfig.self)
        if weights["sparse_linear"].contains("weight") {
          model = try BGEM3(weights, bert, unweightedIDs: try pendingTokenizer.get().unweightedIDs)
        } else {
          guard let head else { throw LayoutError.noPooling }
          model = try SentenceEncoder(
            weights.descending(intoFirstOf: ["bert", "roberta"]), bert,
            pooling: head.pooling, isNormalizing: head.isNormalizing)
        }
        recipe = nil
        // The pooler and the heads of pre-training serve no sentence vector.
        try weights.requireAllRead(ignoring: [
          "pooler.*", "bert.pooler.*", "roberta.pooler.*", "cls.*", "lm_head.*",
          "*embeddings.position_ids",
        ])
      case "visualized_bge":
        let visualized = try config.decode(VisualizedBGEConfig.self)
        model = try VisualizedBGE(weights, visualized)
        recipe = .visualizedBGE(size: visualized.vision.imageSize)
        // The tower's own contrastive head, and the rope buffers that each block repeats.
        try weights.requireAllRead(ignoring: [
          "bge_pooler.*", "bge_embeddings.position_ids", "model_visual.logit_scale",
          "model_visual.visual.norm.*", "model_visual.visual.head.*",
          "model_visual.visual.rope.*",
        ])
      case "clip":
        let clip = try config.decode(CLIPConfig.self)
        model = try CLIP(weights, clip)
        try clip.text.requireEndToken(in: pendingTokenizer.get().encode("").ids)
        let recipe = try PixelRecipe(
          preprocessorConfig: files.appending(path: "preprocessor_config.json").path)
        let side = clip.vision.imageSize
        guard recipe.outputSize == PixelSize(width: side, height: side) else {
          throw ConfigError.disagreement(
            "vision_config's image_size is \(side)",
            "preprocessor_config.json makes pictures of "
              + (recipe.outputSize.map { "\($0.width) × \($0.height)" } ?? "any size"))
        }
        self.recipe = recipe
        try weights.requireAllRead(ignoring: ["*.embeddings.position_ids"])
      case let unknown:
        throw ConfigError.unsupported(
          key: "model_type", found: unknown,
          supported: ["bert", "xlm-roberta", "visualized_bge", "clip"])
      }
      tensors = checkpoint.tensors
      unreadNames = Set(weights.unreadNames())
      tokenizer = try pendingTokenizer.get()
      textRules = try TextRules(layout, tokenizer: model is SentenceEncoder ? tokenizer : nil)
    } catch let error as ConfigError {
      throw EmbedderError.unusableModel(folder: folder.path, reason: "config.json: \(error)")
    } catch let error as EmbedderError {
      throw error
    } catch {
      throw EmbedderError.unusableModel(folder: folder.path, reason: "\(error)")
    }
  }
}

extension Checkpoint {
  /// Whether a linear layer's weights are bytes.
  fileprivate var isQuantized: Bool {
    names.contains { $0.hasSuffix(".weight") && info($0)?.dtype == .i8 }
  }
}

extension Weights {
  /// The scope under the first of these components that has a text encoder, or this one.
  fileprivate func descending(intoFirstOf components: [String]) -> Weights {
    components.map { self[$0] }
      .first { $0["embeddings"]["word_embeddings"].contains("weight") } ?? self
  }
}

extension Tokenizer {
  /// The tokens that BGE-M3 gives no lexical weight: XLM-RoBERTa's own names stand in where no file
  /// says which token plays which part.
  fileprivate var unweightedIDs: Set<Int> {
    let roles = [
      (specialTokens.clsID, "<s>"), (specialTokens.eosID, "</s>"), (specialTokens.padID, "<pad>"),
      (specialTokens.unknownID, "<unk>"),
    ]
    return Set(roles.compactMap { role, name in role ?? id(name) })
  }
}
