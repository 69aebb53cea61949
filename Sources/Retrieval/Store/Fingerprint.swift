import Foundation
import TesseraEmbedders
import TesseraJSON

/// What made the vectors of a store: vectors of two different makings cannot be compared.
public struct Fingerprint: Sendable, Equatable {
  /// Names of parts with what stands for them: hashes of files, or words.
  public let parts: [String: String]

  /// What is said of the model, but not compared.
  static let informal: Set<String> = ["model"]
  /// Vectors of two precisions are near enough to be compared (cosine at least 0.996).
  static let tolerated: Set<String> = ["precision"]

  private static let readAsReference = " read as Pillow does"
  private static let readAsShown = " read as shown"

  private static let fusionKey = "fusion"

  /// How a picture and words became one vector, where a caller said so.
  package var fusion: PairFusion? { parts[Self.fusionKey].flatMap { PairFusion(rawValue: $0) } }

  /// How the pictures were read.
  package var pixelReading: PixelReading {
    parts["pixels"]?.hasSuffix(Self.readAsShown) == true ? .shown : .reference
  }

  /// Reads what a model folder says of itself.
  ///
  /// Of weights, and other files above 256 KiB, the size and samples are hashed.
  /// - Throws: what is wrong with a file, in one line.
  package init(modelFolder: URL, embedder: Embedder, maxLength: Int?) throws {
    let files = try ModelFiles(folder: modelFolder.path)
    var parts = [
      "model": modelFolder.lastPathComponent,
      "weights": try files.digest { name in
        [".safetensors", ".safetensors.index.json", ".bin", ".pth"].contains {
          name.hasSuffix($0)
        }
      },
      "config": try files.digest { [configName = files.configName] in $0 == configName },
      "tokenizer": try files.digest { name in
        ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"]
          .contains(name) || name.hasSuffix(".model")
          || ["vocab.txt", "vocab.json", "merges.txt"].contains(name)
      },
      "pixels": try files.digest {
        ["preprocessor_config.json", "processor_config.json"].contains($0)
      }
        + (embedder.supportsImages && embedder.options.pixels == .shown
          ? Self.readAsShown : Self.readAsReference),
      "pooling": try files.pooling(),
      "prompts": try files.digest {
        // The last is Stanford's, of late interaction.
        ["config_sentence_transformers.json", "sentence_bert_config.json", "artifact.metadata"]
          .contains($0)
      },
      "maximum length": maxLength.map { "\($0) tokens" } ?? "the model's",
      "precision": embedder.precision.rawValue,
      "dimension": "\(embedder.dimension)",
    ]
    // Only where there is one, so that other indexes stay as they are.
    let prompt = try embedder.resolved(.document).text
    if !prompt.isEmpty { parts["document prompt"] = prompt }
    if let fusion = embedder.options.fusion { parts[Self.fusionKey] = fusion.rawValue }
    self.parts = parts
  }

  /// What differs from the making of other vectors, in words: none where they can be compared.
  public func differences(from other: Fingerprint) -> [String] {
    differences(from: other) { !Self.informal.contains($0) && !Self.tolerated.contains($0) }
  }

  /// What differs a little, in words.
  public func toleratedDifferences(from other: Fingerprint) -> [String] {
    differences(from: other) { Self.tolerated.contains($0) }
  }

  private func differences(
    from other: Fingerprint, where isMeant: (String) -> Bool
  ) -> [String] {
    Set(parts.keys).union(other.parts.keys).filter(isMeant).sorted().compactMap { name in
      let (mine, theirs) = (parts[name], other.parts[name])
      guard mine != theirs else { return nil }
      return "\(name): \(Self.short(mine)) in the index, \(Self.short(theirs)) now"
    }
  }

  private static func short(_ value: String?) -> String {
    guard let value else { return "unknown" }
    return value.count > 24 && !value.contains(" ") ? value.prefix(12) + "…" : value
  }

  // MARK: As JSON

  package var json: String {
    var writer = JSONWriter()
    writer.writeObject { object in
      for (name, value) in parts.sorted(by: { $0.key < $1.key }) { object.member(name, value) }
    }
    return writer.text
  }

  /// - Throws: `JSONError`.
  package init(json: String) throws {
    var parts: [String: String] = [:]
    try JSONReader.read(json) { json in
      try json.readObject { parts[$0] = try $1.readString() }
    }
    self.parts = parts
  }
}

/// The files of a model folder and of the folders of its modules.
private struct ModelFiles {
  let folder: String
  /// Relative paths.
  let names: [String]

  init(folder: String) throws {
    func entries(_ path: String) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
    self.folder = folder
    names = entries(folder).flatMap { name in
      let inside = entries("\(folder)/\(name)")
      return inside.isEmpty ? [name] : inside.map { "\(name)/\($0)" }
    }
  }

  /// open_clip's name counts where there is no other.
  var configName: String {
    let openCLIP = "open_clip_config.json"
    return names.contains(openCLIP) && !names.contains("config.json") ? openCLIP : "config.json"
  }

  /// A digest of the names and contents of some files, told by the last parts of their paths.
  func digest(of isMeant: (String) -> Bool) throws -> String {
    let meant = names.filter { name in
      !name.contains("_Pooling/") && isMeant(name.split(separator: "/").last.map(String.init) ?? "")
    }
    guard !meant.isEmpty else { return "none" }
    var hash = SHA256()
    for name in meant {
      hash.update("\(name)\n")
      try FileDigest.addSamples(of: "\(folder)/\(name)", to: &hash)
    }
    return hash.hexadecimal()
  }

  /// How the tokens' vectors become one, in the words of the files.
  func pooling() throws -> String {
    let configs = names.filter { $0.hasSuffix("_Pooling/config.json") }
    var words: [String] = []
    for name in configs {
      let data = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
      let value = try data.withUnsafeBytes { try JSONReader.read($0) { try $0.readValue() } }
      guard case .object(let members) = value else { continue }
      words += members.compactMap { member in
        if member.key == "pooling_mode" {
          return member.value.string
            ?? member.value.array?.compactMap(\.string).joined(separator: " + ")
        }
        if member.key == "include_prompt", member.value.bool == false { return "without prompt" }
        guard member.key.hasPrefix("pooling_mode_"), member.value.bool == true else { return nil }
        return String(member.key.dropFirst("pooling_mode_".count))
      }
    }
    let chain = names.contains("modules.json") ? try modules() : ""
    return words.isEmpty && chain.isEmpty
      ? "the model's own" : (words + [chain]).joined(separator: " + ")
  }

  private func modules() throws -> String {
    let data = try Data(contentsOf: URL(filePath: "\(folder)/modules.json"))
    let value = try data.withUnsafeBytes { try JSONReader.read($0) { try $0.readValue() } }
    return (value.array ?? []).compactMap { $0["type"]?.string?.split(separator: ".").last }
      .dropFirst(2).joined(separator: " + ")
  }
}
