import ArgumentParser
import Foundation
import TesseraEmbedders

/// Which model runs: the one of `-m`, or else of the environment, or else the picture book.
struct ModelFolder: ParsableArguments {
  @OptionGroup var noise: NoiseOptions
  @Option(
    name: .shortAndLong,
    help: """
      Model folder in Hugging Face's layout. Without it: the folder that TESSERA_MODEL names, or \
      else the picture book, a small model of drawn pictures that comes with the command.
      """, completion: .directory)
  var model: String?

  private static let variable = "TESSERA_MODEL"

  private static var named: String? {
    ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The model's name for titles.
  var title: String {
    (model ?? Self.named).map { URL(filePath: $0).lastPathComponent } ?? "the picture book"
  }

  /// Where the model lies, or will be looked for.
  ///
  /// - Throws: `EmbedderError.unusableModel` where the picture book is missing.
  var location: URL {
    get throws {
      try (model ?? Self.named).map { URL(filePath: $0) } ?? Embedder.pictureBookFolder()
    }
  }

  /// A note on standard error says which model it is, where the command line does not.
  ///
  /// - Throws: `EmbedderError.unusableModel` where the picture book is missing.
  func folder() throws -> URL {
    let folder = try location
    if model == nil {
      StandardError.note(
        Self.named.map { "the model is \($0), as \(Self.variable) says" }
          ?? "the model is the picture book; -m names another")
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder),
      isFolder.boolValue
    else { throw NoModel(path: folder.path, isFile: !isFolder.boolValue && isThere(folder)) }
    return folder
  }

  private func isThere(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
}

/// A model that is not there, and where one comes from.
struct NoModel: Error, CustomStringConvertible {
  let path: String
  let isFile: Bool

  var description: String {
    """
    \(isFile ? "the model \(path) is a file" : "there is no model folder \(path)"); a model is a \
    folder with config.json, model.safetensors and tokenizer.json, as "hf download \
    sentence-transformers/all-MiniLM-L6-v2 --local-dir all-MiniLM-L6-v2" brings it from Hugging \
    Face; weights-converter makes one of PyTorch's files, and without -m the picture book runs, \
    which comes with the command
    """
  }
}
