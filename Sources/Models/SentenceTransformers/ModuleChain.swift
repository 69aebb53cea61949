import Foundation
import TesseraJSON

/// `modules.json`, which sentence-transformers writes: a transformer, and what makes one vector of
/// its tokens' vectors.
package struct ModuleChain: Sendable {
  /// Where the transformer's files are.
  package let transformerFolder: URL
  private let folder: URL
  private let modules: [Module]

  private static let fileName = "modules.json"
  /// What reads texts, and has files of a model.
  private static let readers = ["Transformer", "MLMTransformer", "StaticEmbedding"]

  /// Nil where the folder has no such file.
  ///
  /// - Throws: `FileError`, `FieldError`.
  package init?(folder: URL) throws {
    let file = folder.appending(path: Self.fileName)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let modules = try Field(file: file).elements().map(Module.init)
    self.folder = folder
    self.modules = modules
    transformerFolder =
      modules.first { (Self.readers + ["CLIPModel"]).contains($0.kind) }?.place(in: folder)
      ?? folder
  }

  /// Whether the vectors of a model of two towers are normalised behind it.
  ///
  /// - Throws: `FieldError` for modules that would change the vector in an unknown way.
  func normalizesTowers() throws -> Bool {
    let kinds = modules.map(\.kind)
    let known = ["CLIPModel", "Transformer"].flatMap { [[$0], [$0, "Normalize"]] }
    guard known.contains(kinds) else {
      throw FilePlace(file: Self.fileName, path: "the chain of modules").wrongType(
        expected: known.map { $0.joined(separator: " + ") }.joined(separator: ", or "),
        found: "\"\(kinds.joined(separator: " + "))\"")
    }
    return kinds.count == 2
  }

  /// The last parts of the modules' types, in their order.
  package var kinds: [String] { modules.map(\.kind) }

  /// The configuration of the first module of a kind; nil where there is none.
  ///
  /// - Throws: `FieldError` where it has no file.
  func config(of kind: String) throws -> Config? {
    try modules.first { $0.kind == kind }.map { try $0.config(in: folder).get($0.configName) }
  }

  /// The configuration of the first module of a kind; nil where there is no such module, or no file.
  ///
  /// - Throws: `FieldError`.
  func config(ifPresent kind: String) throws -> Config? {
    try modules.first { $0.kind == kind }?.config(in: folder)
  }

  /// The configuration of what scores a language model's answer; nil where nothing does.
  ///
  /// - Throws: `FieldError`, also for further modules.
  func logitScore() throws -> Config? {
    guard let score = try config(of: "LogitScore") else { return nil }
    guard kinds == ["Transformer", "LogitScore"] else {
      throw chainError("a Transformer and LogitScore behind it")
    }
    return score
  }

  /// Whether texts are read by a table of vectors, whose folder has no config.json.
  var isStatic: Bool { kinds.first == "StaticEmbedding" }

  /// The modules behind the transformer.
  ///
  /// - Parameter reader: a module of the model's own code that reads texts as a Transformer does.
  /// - Throws: `FieldError` for modules that would change the vector in an unknown way.
  package func head(reader: String? = nil) throws -> SentenceHead {
    for module in modules where try reader == nil || module.type.string() != reader {
      try module.requireKnown()
    }
    if let splade = try spladePooling() { return SentenceHead(pooling: .cls, splade: splade) }
    // A table of vectors is pooled by itself.
    guard Self.readers.contains(kinds.first ?? ""),
      kinds.count(where: { Self.readers.contains($0) }) == 1,
      kinds.count(where: { $0 == "Pooling" }) == (isStatic ? 0 : 1)
    else { throw chainError("a Transformer and one Pooling behind it") }
    var pooling = Pooling.mean
    var tokenModules: [HeadModule] = []
    var modules: [HeadModule] = []
    var notes: [String] = []
    var isPooled = isStatic
    for (index, module) in self.modules.enumerated().dropFirst() {
      let config = try module.config(in: folder)
      notes += try ModelFields.notes(of: config, module.kind)
      guard module.kind != "Pooling" else {
        pooling = try Pooling(config.get(module.configName))
        isPooled = true
        continue
      }
      guard
        let next = try HeadModule(
          module.kind, name: String(index), path: module.path, config,
          folder: module.place(in: folder))
      else { continue }
      let input = try HeadModule.Input(config)
      switch (input, isPooled) {
      case (.sentence, true): modules.append(next)
      case (.tokens, false): tokenModules.append(next)
      case (.sentence, false):
        throw module.typePlace.inconsistent(
          "\(module.kind) reads the text's vector, which Pooling makes behind it")
      case (.tokens, true):
        throw module.typePlace.inconsistent(
          "\(module.kind) reads the tokens' vectors, which are pooled before it")
      }
    }
    return SentenceHead(
      pooling: pooling, tokenModules: tokenModules, modules: modules, notes: notes)
  }

  /// The modules behind the transformer of a folder of late interaction.
  ///
  /// - Throws: `FieldError` for modules that would change the vectors in an unknown way.
  func head(_ interaction: LateInteraction) throws -> SentenceHead {
    for module in modules { try module.requireKnown() }
    let known = ["Dense", "LayerNorm", "Normalize", "Dropout", "MultiVectorMask"]
    guard kinds.first == "Transformer", kinds.dropFirst().allSatisfy(known.contains) else {
      throw chainError("a Transformer, and behind it of " + known.joined(separator: ", "))
    }
    var layers: [HeadModule] = []
    var notes: [String] = []
    for (index, module) in modules.enumerated().dropFirst() {
      let config = try module.config(in: folder)
      notes += try ModelFields.notes(of: config, module.kind)
      guard
        let next = try HeadModule(
          module.kind, name: String(index), path: module.path, config,
          folder: module.place(in: folder))
      else { continue }
      // A Dense that does not say reads the tokens; a Normalize, as everywhere, the text.
      guard
        try HeadModule.Input(config, default: module.kind == "Dense" ? .tokens : .sentence)
          == .tokens
      else {
        throw module.typePlace.inconsistent(
          "\(module.kind) reads the text's vector, which no module makes")
      }
      layers.append(next)
    }
    // PyLate normalises without a module that says so.
    if !kinds.contains("MultiVectorMask") { layers.append(.normalizing) }
    return SentenceHead(
      pooling: .cls, tokenModules: layers, interaction: interaction, notes: notes)
  }

  private func chainError(_ expected: String) -> FieldError {
    FilePlace(file: Self.fileName, path: "the chain of modules").wrongType(
      expected: expected, found: "\"\(kinds.joined(separator: " + "))\"")
  }

  /// Nil for models of one dense vector.
  private func spladePooling() throws -> SpladePooling? {
    guard kinds.contains("SpladePooling") || kinds.contains("MLMTransformer") else { return nil }
    guard kinds.count == 2, ["MLMTransformer", "Transformer"].contains(kinds[0]),
      kinds[1] == "SpladePooling"
    else { throw chainError("a transformer and SpladePooling behind it") }
    return try SpladePooling(modules[1].config(in: folder))
  }

  private struct Module {
    let path: String
    let kind: String
    let typePlace: FilePlace
    let type: Field

    /// What may stand behind a transformer.
    private static let known = [
      "Transformer", "Pooling", "Dense", "LayerNorm", "Normalize", "Dropout", "StaticEmbedding",
      "MLMTransformer", "SpladePooling", "MultiVectorMask",
    ]
    /// Packages whose modules are known by their names; others are code of the folder's own.
    private static let packages = ["sentence_transformers.", "pylate.models."]

    init(_ field: Field) throws {
      path = try field.required("path").string()
      type = try field.required("type")
      typePlace = type.place
      // Releases name the same module by different Python paths; the last part is stable.
      kind = try type.string().split(separator: ".").last.map(String.init) ?? ""
    }

    func requireKnown() throws {
      let name = try type.string()
      guard Self.known.contains(kind), Self.packages.contains(where: name.hasPrefix) else {
        throw typePlace.wrongType(
          expected: "a module of sentence-transformers: " + Self.known.joined(separator: ", "),
          found: "\"\(name)\"")
      }
    }

    func place(in folder: URL) -> URL { path.isEmpty ? folder : folder.appending(path: path) }

    var configName: String { path.isEmpty ? "config.json" : "\(path)/config.json" }

    /// Nil where there is none, which is right for modules without choices.
    func config(in folder: URL) throws -> Config? {
      try Config(ifPresent: place(in: folder).appending(path: "config.json"), name: configName)
    }
  }
}

extension Config? {
  /// - Throws: `FieldError` where a module has no file that it cannot do without.
  func get(_ name: String) throws -> Config {
    guard let config = self else { throw FilePlace(file: name).missing }
    return config
  }
}
