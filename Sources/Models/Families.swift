import TesseraFiles
import TesseraJSON

/// The one list of the families that this engine knows, in the order in which they are asked.
package enum Families {
  package static let all: [any ModelFamily.Type] = [
    BGEM3Family.self,
    BERTFamily.self,
    RoBERTaFamily.self,
    DistilBERTFamily.self,
    VisualizedBGEFamily.self,
    CLIPFamily.self,
    ChineseCLIPFamily.self,
    DINOv2Family.self,
  ]

  /// Finds the family of a folder, and reads its configuration.
  ///
  /// - Throws: `FieldError`, naming the file and the key.
  package static func family(of folder: ModelFiles) throws -> any ModelFamily {
    let modelType = try folder.config.required("model_type")
    let name = try modelType.string()
    for family in all where family.modelTypes.contains(name) {
      if try family.accepts(folder) { return try family.init(folder) }
    }
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

  private static let quantized = all.flatMap { $0.quantizedLayers }.map {
    NamePattern("*\($0).weight")
  }
}
