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
      modules.first { ["Transformer", "CLIPModel"].contains($0.kind) }?.place(in: folder)
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

  /// The modules behind the transformer.
  ///
  /// - Throws: `FieldError` for modules that would change the vector in an unknown way.
  package func head() throws -> SentenceHead {
    let kinds = modules.map(\.kind)
    let known = [["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]]
    guard known.contains(kinds) else {
      throw FilePlace(file: Self.fileName, path: "the chain of modules").wrongType(
        expected: known.map { $0.joined(separator: " + ") }.joined(separator: ", or "),
        found: "\"\(kinds.joined(separator: " + "))\"")
    }
    let config = try Config(file: modules[1].place(in: folder).appending(path: "config.json"))
    return SentenceHead(
      pooling: try Pooling(config, at: "\(modules[1].path)/config.json"),
      isNormalizing: kinds.count == 3)
  }

  private struct Module {
    let path: String
    let type: String

    init(_ field: Field) throws {
      path = try field.required("path").string()
      type = try field.required("type").string()
    }

    /// Releases name the same module by different Python paths; the last part is stable.
    var kind: String { type.split(separator: ".").last.map(String.init) ?? "" }

    func place(in folder: URL) -> URL { path.isEmpty ? folder : folder.appending(path: path) }
  }
}

/// What makes one vector of a text's token vectors.
package struct SentenceHead: Sendable {
  package let pooling: Pooling
  package let isNormalizing: Bool

  package init(pooling: Pooling, isNormalizing: Bool) {
    self.pooling = pooling
    self.isNormalizing = isNormalizing
  }
}
