import TesseraFiles
import TesseraJSON

/// The one list of the families that this engine knows, in the order in which they are asked.
package enum Families {
  package static let all: [any ModelFamily.Type] = [
    JinaCodeFamily.self,
    JinaBERTFamily.self,
    JinaV3Family.self,
    BGEM3Family.self,
    BERTFamily.self,
    RoBERTaFamily.self,
    DistilBERTFamily.self,
    MPNetFamily.self,
    ALBERTFamily.self,
    ELECTRAFamily.self,
    ModernBERTFamily.self,
    NomicBERTFamily.self,
    GTEFamily.self,
    Qwen3Family.self,
    Qwen2Family.self,
    MistralFamily.self,
    EuroBERTFamily.self,
    LlamaFamily.self,
    GemmaFamily.self,
    VisualizedBGEFamily.self,
    CLIPFamily.self,
    ChineseCLIPFamily.self,
    AltCLIPFamily.self,
    OpenCLIPFamily.self,
    JinaCLIPFamily.self,
    ImageBindFamily.self,
    SigLIPFamily.self,
    ALIGNFamily.self,
    DINOv2Family.self,
    ModernVBERTFamily.self,
    ColIdefics3Family.self,
    BLIPMatchingFamily.self,
    StaticFamily.self,
  ]

  /// Finds the family of a folder that makes vectors, and reads its configuration.
  ///
  /// - Throws: `FieldError`, naming the file and the key; `LayoutError` for a classifier.
  package static func family(of folder: ModelFiles) throws -> any ModelFamily {
    let type = try type(of: folder)
    if let architecture = try folder.classifierArchitecture() {
      guard try classifierType(of: folder) != nil else {
        throw try otherClassifier(architecture, folder)
      }
      throw LayoutError.classifier(architecture: architecture)
    }
    return try type.init(folder)
  }

  /// Finds the family of a folder that scores texts, and reads its configuration.
  ///
  /// - Throws: `FieldError`, naming the file and the key; `LayoutError` for one that makes vectors.
  package static func classifier(of folder: ModelFiles) throws -> any ClassifierFamily {
    guard let classifier = try classifierType(of: folder) else {
      if let architecture = try folder.classifierArchitecture() {
        throw try otherClassifier(architecture, folder)
      }
      throw LayoutError.noClassifier(modelType: try folder.config.string("model_type"))
    }
    return try classifier.init(folder)
  }

  private static func otherClassifier(
    _ architecture: String, _ folder: ModelFiles
  ) throws -> LayoutError {
    .otherClassifier(
      architecture: architecture, modelType: try folder.config.string("model_type"))
  }

  /// Whether a folder is one of a model that says how well pictures and texts belong together.
  ///
  /// - Throws: `FieldError`; `FolderPurposeError` for one that writes.
  package static func matchesPictures(_ folder: ModelFiles) throws -> Bool {
    try type(of: folder).matchesPictures
  }

  /// Whether a folder scores texts.
  ///
  /// - Throws: `FieldError`, naming the file and the key.
  package static func isClassifier(_ folder: ModelFiles) throws -> Bool {
    try classifierType(of: folder) != nil
  }

  private static func classifierType(
    of folder: ModelFiles
  ) throws -> (any ClassifierFamily.Type)? {
    guard let type = try type(of: folder) as? any ClassifierFamily.Type,
      try type.classifies(folder)
    else { return nil }
    return type
  }

  private static func type(of folder: ModelFiles) throws -> any ModelFamily.Type {
    let modelType = try folder.config.required("model_type")
    let name = try modelType.string()
    for family in all where family.modelTypes.contains(name) {
      if try family.accepts(folder) { return family }
    }
    if let other = try writingType(of: folder) {
      throw FolderPurposeError(has: other.task, wanted: nil)
    }
    guard try chatType(of: folder) == nil else { throw ChatFolderError() }
    throw modelType.wrongType(modelTypes.joined(separator: ", "))
  }

  /// Every `model_type` that loads.
  package static var modelTypes: [String] {
    all.flatMap { $0.modelTypes }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Whether a tensor is one that a converter makes bytes of.
  package static func isQuantized(_ name: String) -> Bool {
    quantized.contains { $0.matches(name) }
  }

  /// The tensors of a folder that a converter makes four bits of; nil for a model that does not chat.
  ///
  /// - Throws: `FieldError`.
  package static func fourBitWeights(of folder: ModelFiles) throws -> [NamePattern]? {
    try chatType(of: folder)?.fourBitLayers.flatMap(weights(of:))
  }

  private static let quantized =
    (all.flatMap { $0.quantizedLayers } + writing.flatMap { $0.quantizedLayers }
    + chatting.flatMap { $0.quantizedLayers }).flatMap(weights(of:))

  /// The names of a layer's weights. PyTorch's `nn.MultiheadAttention` has matrices that are no module's
  /// `weight`, and a module that is parametrized keeps it elsewhere.
  private static func weights(of layer: String) -> [NamePattern] {
    layer.hasSuffix("_weight")
      ? [NamePattern("*\(layer)")]
      : ["weight", Parametrization.original].map { NamePattern("*\(layer).\($0)") }
  }
}
