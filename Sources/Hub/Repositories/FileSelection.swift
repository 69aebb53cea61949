import Foundation

/// Which files of a repository are wanted.
package enum FileSelection: Sendable, Equatable {
  /// What a model needs to run here: configuration, tokenizer, one set of weights.
  case needed
  /// What matches one of these patterns, in which `*` stands for anything.
  case matching([String])

  init(only patterns: [String]) { self = patterns.isEmpty ? .needed : .matching(patterns) }

  /// - Parameter paths: of all files that the repository has.
  /// - Returns: those that are wanted, in the order given.
  /// - Throws: `HubError.noModel` where there is nothing to want.
  package func files(of paths: [String], named name: String) throws -> [String] {
    switch self {
    case .matching(let patterns):
      let found = paths.filter { path in patterns.contains { fnmatch($0, path, 0) == 0 } }
      guard !found.isEmpty else {
        throw HubError.noModel(
          name: name, reason: "no file matches \(patterns.joined(separator: ", "))")
      }
      return found
    case .needed:
      let layout = ModelLayout(paths)
      guard !layout.weights.isEmpty else {
        throw HubError.noModel(name: name, reason: Self.complaint(paths))
      }
      guard layout.hasConfiguration else {
        throw HubError.noModel(
          name: name, reason: "has no config.json; --only '*' fetches what there is")
      }
      return paths.filter(layout.isNeeded)
    }
  }

  private static func complaint(_ paths: [String]) -> String {
    let pickles = paths.filter { $0.hasSuffix(".pth") }
    let named = Catalogue.entries.filter { entry in
      entry.weights.files.contains { pickles.contains($0) }
    }
    guard named.isEmpty else {
      return "holds several models; name one: \(named.map(\.name).joined(separator: ", "))"
    }
    let others = paths.filter { path in
      ["onnx", "h5", "msgpack", "gguf", "ot", "pth", "bin"].contains { path.hasSuffix(".\($0)") }
    }
    return "has no model.safetensors and no pytorch_model.bin"
      + (others.isEmpty ? "" : ", but \(others.prefix(3).joined(separator: ", "))")
      + "; --only GLOB fetches by name"
  }
}

/// What is where in a repository that is laid out as Hugging Face's libraries do.
struct ModelLayout {
  /// The files of the one set of weights that is read: safetensors before pickles.
  let weights: Set<String>
  let hasConfiguration: Bool
  private let moduleWeights: Set<String>

  /// BGE-M3's heads, beside its pickle.
  static let heads = ["sparse_linear.pt", "colbert_linear.pt"]
  private static let endings = ["json", "txt", "model", "jinja"]
  /// What Stanford's ColBERT keeps beside its weights.
  private static let artifact = "artifact.metadata"
  private static let notes = ["requirements.txt"]

  init(_ paths: [String]) {
    let all = Set(paths)
    hasConfiguration = all.contains("config.json") || all.contains("open_clip_config.json")
    weights = Self.weights(in: "", all)
    let modules = Set(paths.compactMap(Self.module))
    moduleWeights = modules.reduce(into: []) { $0.formUnion(Self.weights(in: $1 + "/", all)) }
  }

  func isNeeded(_ path: String) -> Bool {
    if weights.contains(path) || moduleWeights.contains(path) || Self.heads.contains(path)
      || path == Self.artifact
    {
      return true
    }
    // An index of weights that are not read would only mislead.
    guard !path.hasSuffix(".index.json") else { return false }
    if Self.module(path) != nil { return path.hasSuffix(".json") || path.hasSuffix(".txt") }
    return !path.contains("/") && !Self.notes.contains(path)
      && Self.endings.contains { path.hasSuffix(".\($0)") }
  }

  /// sentence-transformers numbers the folders of its modules: `1_Pooling/config.json`.
  private static func module(_ path: String) -> String? {
    let parts = path.split(separator: "/")
    guard parts.count == 2, let number = parts[0].split(separator: "_").first,
      number.count < parts[0].count, number.allSatisfy(\.isWholeNumber)
    else { return nil }
    return String(parts[0])
  }

  private static func weights(in folder: String, _ all: Set<String>) -> Set<String> {
    // open_clip's own come last: beside others they are the same weights under other names.
    let names = [
      ("model", "safetensors"), ("pytorch_model", "bin"), ("open_clip_model", "safetensors"),
      ("open_clip_pytorch_model", "bin"),
    ]
    for (name, ending) in names {
      let index = "\(folder)\(name).\(ending).index.json"
      if all.contains("\(folder)\(name).\(ending)") { return ["\(folder)\(name).\(ending)"] }
      if all.contains(index) {
        let shards = all.filter { path in
          path.hasPrefix("\(folder)\(name)-") && path.contains("-of-")
            && path.hasSuffix(".\(ending)")
        }
        return shards.union([index])
      }
    }
    return []
  }
}
