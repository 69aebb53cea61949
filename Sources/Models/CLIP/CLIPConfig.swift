import TesseraJSON
import TesseraTensors

/// What inference reads of a CLIP `config.json`.
///
/// transformers leaves out of the two inner configs whatever equals its defaults, so those
/// defaults are part of the format, and stand here (CLIPTextConfig, CLIPVisionConfig).
enum CLIPConfig {
  /// The vision tower.
  struct Vision: Sendable {
    let tower: CLIPTowerConfig
    let imageSize: Int
    let patchSize: Int

    init(_ keys: Config) throws {
      tower = try CLIPTowerConfig(keys, .clip(width: 768, intermediate: 3072, heads: 12))
      try keys.requireColours()
      imageSize = try keys.imageSize(default: 224)
      patchSize = try keys.size("patch_size", default: 32)
      guard patchCount > 0 else {
        throw keys.field.place.key("patch_size").inconsistent(
          "\(patchSize), but image_size is \(imageSize)")
      }
    }

    /// The number of patches, P.
    var patchCount: Int { (imageSize / patchSize) * (imageSize / patchSize) }
  }
}

/// The text tower of CLIP and of those who share its layers.
struct CLIPTextConfig: Sendable {
  let tower: CLIPTowerConfig
  let vocabularySize: Int
  let maxPositionEmbeddings: Int
  /// Whether a token sees only those before it.
  let isCausal: Bool
  let pooledToken: PooledToken

  /// The token whose vector is the text's.
  enum PooledToken: Sendable, Equatable {
    /// The first with this id.
    case first(id: Int)
    /// The first of the largest id, which the end token has in CLIP's vocabulary.
    case largest
    /// Whatever stands last.
    case last

    func callAsFunction(in ids: [Int]) -> Int {
      switch self {
      case .first(let id): ids.firstIndex(of: id) ?? 0
      case .largest: ids.max().flatMap(ids.firstIndex(of:)) ?? 0
      case .last: max(ids.count - 1, 0)
      }
    }
  }

  init(
    tower: CLIPTowerConfig, vocabularySize: Int, maxPositionEmbeddings: Int, isCausal: Bool,
    pooledToken: PooledToken
  ) {
    self.tower = tower
    self.vocabularySize = vocabularySize
    self.maxPositionEmbeddings = maxPositionEmbeddings
    self.isCausal = isCausal
    self.pooledToken = pooledToken
  }

  /// - Throws: `FieldError`.
  init(_ keys: Config) throws {
    let end = try keys.int("eos_token_id", in: 0...1 << 28, default: 49407)
    self.init(
      tower: try CLIPTowerConfig(keys, .clip(width: 512, intermediate: 2048, heads: 8)),
      vocabularySize: try keys.size("vocab_size", default: 49408),
      maxPositionEmbeddings: try keys.size("max_position_embeddings", default: 77),
      isCausal: true,
      // Files of the first release say 2, which is wrong; for them transformers takes the largest.
      pooledToken: end == 2 ? .largest : .first(id: end))
  }
}
