import Foundation
import Models

/// What sentence-transformers writes beside a transformer: `modules.json`, the pooling, and the
/// rules for texts.
struct SentenceTransformersLayout {
  /// Where `config.json`, the weights and the tokenizer are.
  let transformerFolder: URL
  let pooling: Pooling?
  let isNormalizing: Bool
  let textRules: TextRules
  private let folder: URL

  init(folder: URL) throws {
    self.folder = folder
    guard let modules = try ConfigFile(ifPresent: folder.appending(path: "modules.json")) else {
      transformerFolder = folder
      pooling = nil
      isNormalizing = false
      textRules = try TextRules(folder: folder, transformerFolder: folder)
      return
    }
    var (transformer, pooling, isNormalizing): (URL?, Pooling?, Bool) = (nil, nil, false)
    for module in try modules.decode([Module].self) {
      let place = module.path.isEmpty ? folder : folder.appending(path: module.path)
      // Releases name the same module by different Python paths; the last part is stable.
      switch module.type.split(separator: ".").last {
      case "Transformer": transformer = place
      case "Pooling":
        pooling = try ConfigFile(place.appending(path: "config.json")).decode(PoolingConfig.self)
          .pooling()
      case "Normalize": isNormalizing = true
      default:
        throw ConfigError.unsupported(
          key: "modules.json: type", found: module.type,
          supported: ["Transformer", "Pooling", "Normalize"])
      }
    }
    transformerFolder = transformer ?? folder
    self.pooling = pooling
    self.isNormalizing = isNormalizing
    textRules = try TextRules(folder: folder, transformerFolder: transformerFolder)
  }

  /// The pooling, which a sentence encoder must name: a guess would give other vectors.
  func requiredPooling() throws -> Pooling {
    guard let pooling else { throw LayoutError.noPooling }
    return pooling
  }

  private struct Module: Decodable {
    let path: String
    let type: String
  }
}

enum LayoutError: Error, CustomStringConvertible {
  case noPooling

  var description: String {
    "modules.json with a Pooling module is missing: it says how the tokens' vectors become one"
      + " (1_Pooling/config.json: pooling_mode_cls_token or pooling_mode_mean_tokens), and a"
      + " guess would give other vectors"
  }
}

/// `1_Pooling/config.json`.
private struct PoolingConfig: Decodable {
  private let modes: [String]
  private let includesPrompt: Bool

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let prefix = "pooling_mode_"
    var modes = try container.allKeys
      .filter { $0.stringValue.hasPrefix(prefix) }
      .filter { try container.decode(Bool.self, forKey: $0) }
      .map { String($0.stringValue.dropFirst(prefix.count)) }
    // The newer spelling, one key for all.
    if let mode = try container.decodeIfPresent(
      String.self, forKey: Key(stringValue: "pooling_mode"))
    {
      modes = [mode]
    }
    self.modes = modes
    includesPrompt =
      try container.decodeIfPresent(Bool.self, forKey: Key(stringValue: "include_prompt")) ?? true
  }

  func pooling() throws -> Pooling {
    guard includesPrompt else {
      throw ConfigError.unsupported(
        key: "include_prompt", found: "false", supported: ["true"])
    }
    switch modes {
    case ["cls_token"], ["cls"]: return .cls
    case ["mean_tokens"], ["mean"]: return .mean
    default:
      throw ConfigError.unsupported(
        key: "pooling mode", found: modes.sorted().joined(separator: " + "),
        supported: ["cls_token", "mean_tokens"])
    }
  }
}
