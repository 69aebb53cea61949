import Foundation
import TesseraCheckpoints
import TesseraImages
import TesseraModels
import TesseraTokenizers

/// What the files of a model folder say beside the weights: which model it is, and how it reads
/// items.
struct ModelDescription: Sendable {
  /// The models that this engine knows.
  enum Kind: Sendable {
    case sentenceEncoder(BERTConfig, SentenceTransformersLayout.Head)
    case bgeM3(BERTConfig)
    case visualizedBGE(VisualizedBGEConfig)
    case clip(CLIPConfig)
  }

  let kind: Kind
  /// Names and shapes; elements are read when a model is built of them.
  let checkpoint: Result<Checkpoint, any Error>
  private let layout: SentenceTransformersLayout
  var folder: URL { layout.folder }
  /// A large vocabulary takes a while to read; the checkpoint is opened meanwhile.
  private let pendingTokenizer: Background<Tokenizer>

  /// - Throws: `ConfigError`, or an error that names the file. That there are no weights is none.
  init(folder: URL) throws {
    layout = try SentenceTransformersLayout(folder: folder)
    let files = layout.transformerFolder
    let config = try ConfigFile(files.appending(path: "config.json"))
    pendingTokenizer = Background { try Tokenizer(folder: files) }
    checkpoint = Result { try Checkpoint.open(files) }
    let head = try layout.head()
    kind =
      switch try config.modelType {
      case "bert", "xlm-roberta":
        try .text(config.decode(BERTConfig.self), head, checkpoint)
      case "visualized_bge": .visualizedBGE(try config.decode(VisualizedBGEConfig.self))
      case "clip": .clip(try config.decode(CLIPConfig.self))
      case let unknown:
        throw ConfigError.unsupported(
          key: "model_type", found: unknown,
          supported: ["bert", "xlm-roberta", "visualized_bge", "clip"])
      }
    try kind.inputFormat.validate()
  }

  /// Waits until it is read.
  ///
  /// - Throws: what reading it threw; `ConfigError` where it is another model's.
  func tokenizer() throws -> Tokenizer {
    let tokenizer = try pendingTokenizer.get()
    if case .clip(let config) = kind {
      try config.text.requireEndToken(in: tokenizer.encode("").ids)
    }
    return tokenizer
  }

  func textRules(_ tokenizer: Tokenizer) throws -> TextRules {
    let isSentenceEncoder = if case .sentenceEncoder = kind { true } else { false }
    return try TextRules(layout, tokenizer: isSentenceEncoder ? tokenizer : nil)
  }

  /// Nil for a model that reads no pictures.
  ///
  /// - Throws: `ConfigError` where it makes other pictures than the model reads.
  func recipe() throws -> PixelRecipe? {
    switch kind {
    case .sentenceEncoder, .bgeM3: return nil
    case .visualizedBGE(let config): return .visualizedBGE(size: config.vision.imageSize)
    case .clip(let config):
      let recipe = try PixelRecipe(
        preprocessorConfig: layout.transformerFolder.appending(path: "preprocessor_config.json")
          .path)
      let side = config.vision.imageSize
      guard recipe.outputSize == PixelSize(width: side, height: side) else {
        throw ConfigError.disagreement(
          "vision_config's image_size is \(side)",
          "preprocessor_config.json makes pictures of "
            + (recipe.outputSize.map { "\($0.width) × \($0.height)" } ?? "any size"))
      }
      return recipe
    }
  }
}

extension ModelDescription.Kind {
  var inputFormat: any InputFormat {
    switch self {
    case .sentenceEncoder(let config, _), .bgeM3(let config): config
    case .visualizedBGE(let config): config
    case .clip(let config): config
    }
  }

  /// BGE-M3 has the config of other text encoders, and is told from them by its heads. Without
  /// weights, a folder that says how to pool is a sentence encoder's.
  fileprivate static func text(
    _ config: BERTConfig, _ head: SentenceTransformersLayout.Head?,
    _ checkpoint: Result<Checkpoint, any Error>
  ) throws -> ModelDescription.Kind {
    let isBGEM3 =
      switch checkpoint {
      case .success(let checkpoint): checkpoint.info("sparse_linear.weight") != nil
      case .failure(CheckpointError.noWeights): head == nil
      case .failure(let error): throw error
      }
    if isBGEM3 { return .bgeM3(config) }
    guard let head else { throw LayoutError.noPooling }
    return .sentenceEncoder(config, head)
  }
}
