import Foundation
import TesseraModels

/// What sentence-transformers writes beside a transformer: `modules.json`, and the pooling.
struct SentenceTransformersLayout {
  /// Where `modules.json` is.
  let folder: URL
  /// Where `config.json`, the weights and the tokenizer are: a folder of its own in older models.
  let transformerFolder: URL
  private let modules: [Module]?

  init(folder: URL) throws {
    self.folder = folder
    modules = try ConfigFile(ifPresent: folder.appending(path: Self.fileName))?
      .decode([Module].self)
    transformerFolder =
      modules?.first { $0.kind == "Transformer" }?.place(in: folder) ?? folder
  }

  /// What makes one vector of the transformer's; nil where there is no `modules.json`.
  ///
  /// - Throws: `ConfigFileError` for modules that would change the vector in an unknown way.
  func head() throws -> Head? {
    guard let modules else { return nil }
    let kinds = modules.map(\.kind)
    let known = [["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]]
    guard known.contains(kinds) else {
      let error = ConfigError.unsupported(
        key: "the chain of modules", found: kinds.joined(separator: " + "),
        supported: known.map { $0.joined(separator: " + ") })
      throw ConfigFileError(file: Self.fileName, reason: "\(error)")
    }
    let config = try ConfigFile(modules[1].place(in: folder).appending(path: "config.json"))
    let poolingConfig = try config.decode(PoolingConfig.self)
    do {
      return Head(pooling: try poolingConfig.pooling(), isNormalizing: kinds.count == 3)
    } catch {
      throw ConfigFileError(file: "\(modules[1].path)/config.json", reason: "\(error)")
    }
  }

  /// The modules behind the transformer.
  struct Head {
    let pooling: Pooling
    let isNormalizing: Bool
  }

  private static let fileName = "modules.json"

  private struct Module: Decodable {
    let path: String
    let type: String

    /// Releases name the same module by different Python paths; the last part is stable.
    var kind: String { type.split(separator: ".").last.map(String.init) ?? "" }

    func place(in folder: URL) -> URL { path.isEmpty ? folder : folder.appending(path: path) }
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
    let modes = try container.allKeys
      .filter { $0.stringValue.hasPrefix(prefix) }
      .filter { try container.decode(Bool.self, forKey: $0) }
      .map { String($0.stringValue.dropFirst(prefix.count)) }
    // The newer spelling, one key for all.
    let mode = try container.decodeIfPresent(
      String.self, forKey: Key(stringValue: "pooling_mode"))
    self.modes = mode.map { [$0] } ?? modes
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
        key: "pooling_mode",
        found: modes.isEmpty ? "none" : modes.sorted().joined(separator: " + "),
        supported: ["cls_token", "mean_tokens"])
    }
  }
}
