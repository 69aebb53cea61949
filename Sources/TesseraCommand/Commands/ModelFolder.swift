import ArgumentParser
import Foundation
import TesseraEmbedders

/// Which model runs: the one of `-m`, or else of the environment, or else the picture book.
struct ModelFolder: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: """
      Model folder in Hugging Face's layout. Without it: the folder that TESSERA_MODEL names, or \
      else the picture book, a small model of drawn pictures that comes with the command.
      """)
  var model: String?

  private static let variable = "TESSERA_MODEL"

  private static var named: String? {
    ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The model's name for titles.
  var title: String {
    (model ?? Self.named).map { URL(filePath: $0).lastPathComponent } ?? "the picture book"
  }

  /// A note on standard error says which model it is, where the command line does not.
  ///
  /// - Throws: `EmbedderError.unusableModel` where the picture book is missing.
  func folder() throws -> URL {
    if let model { return URL(filePath: model) }
    if let named = Self.named {
      StandardError.write("note: the model is \(named), as \(Self.variable) says")
      return URL(filePath: named)
    }
    let folder = try Embedder.pictureBookFolder()
    StandardError.write("note: the model is the picture book; -m names another")
    return folder
  }
}
