import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraHub

/// Which model runs: the one of `-m`, or else of the environment, or else the picture book.
struct ModelFolder: ParsableArguments {
  @OptionGroup var noise: NoiseOptions
  @Option(
    name: .shortAndLong,
    help: """
      A model: a folder in Hugging Face's layout, or a name such as bge-m3 or BAAI/bge-m3@main that \
      `tessera pull` has fetched. Without it: what TESSERA_MODEL names, or else the picture book, a \
      small model of drawn pictures that comes with the command.
      """, completion: .directory)
  var model: String?
  @Flag(help: "Fetch the model that -m names if it is not there; so does TESSERA_PULL=1.")
  var pull = false

  /// What the model is called that comes with the command, unless a folder is called so.
  static let pictureBook = "picturebook"
  private static let variable = "TESSERA_MODEL"
  private static let pullVariable = "TESSERA_PULL"

  private static func environment(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The model's name for titles.
  var title: String {
    (model ?? Self.environment(Self.variable)).map { URL(filePath: $0).lastPathComponent }
      ?? "the picture book"
  }

  private var named: String? { model ?? Self.environment(Self.variable) }

  /// Where the model lies, or will be looked for.
  ///
  /// - Throws: `EmbedderError.unusableModel` where the picture book is missing.
  var location: URL {
    get throws {
      guard let named, !Self.isPictureBook(named) else {
        return try Embedder.pictureBookFolder()
      }
      guard Self.path(of: named) == nil, let reference = try? ModelReference(named),
        let folder = try? ModelLibrary.ofCommand().folder(of: reference)
      else { return URL(filePath: Self.path(of: named) ?? named) }
      return URL(filePath: folder)
    }
  }

  /// A note on standard error says which model it is, where the command line does not.
  ///
  /// - Throws: `EmbedderError.unusableModel` where the picture book is missing, `HubError` or
  ///   `NoModel` where a model that is named is not there.
  func folder() throws -> URL {
    if model == nil {
      StandardError.note(
        named.map { "the model is \($0), as \(Self.variable) says" }
          ?? "the model is the picture book; -m names another")
    }
    return try silentFolder()
  }

  /// As `folder()`, without the note: for who looks at the folder before it is loaded.
  func silentFolder() throws -> URL {
    guard let named else { return try Embedder.pictureBookFolder() }
    return try folder(named: named)
  }

  /// Another model's, by a path or a name.
  func folder(named: String) throws -> URL {
    // An empty path would be the working directory.
    guard !named.isEmpty else { throw NoModel(path: "\"\"", isFile: false) }
    let folder = try located(named)
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder)
    guard isThere, isFolder.boolValue else { throw NoModel(path: folder.path, isFile: isThere) }
    return folder
  }

  /// The folder of that name, or the model's in the caches.
  private func located(_ model: String) throws -> URL {
    if let path = Self.path(of: model) { return URL(filePath: path) }
    if model == Self.pictureBook { return try Embedder.pictureBookFolder() }
    // What is no name is a folder that is not there, of which its reader tells.
    guard let reference = try? ModelReference(model) else { return URL(filePath: model) }
    let library = try ModelLibrary.ofCommand()
    let mayPull = pull || Self.environment(Self.pullVariable) == "1"
    do {
      return URL(filePath: try library.folder(of: reference))
    } catch let error as HubError where mayPull && error.isLack {
      return URL(filePath: try library.pull(reference))
    }
  }

  private static func isPictureBook(_ model: String) -> Bool {
    model == pictureBook && path(of: model) == nil
  }

  /// What is surely a path: one that is there, that says so, or `file:`.
  static func path(of model: String) -> String? {
    let scheme = "file:"
    if model.hasPrefix(scheme) {
      let path = model.dropFirst(scheme.count)
      return path.hasPrefix("//") ? URL(string: model)?.path ?? String(path) : String(path)
    }
    let saysSo =
      ["/", "./", "../", "~"].contains { model.hasPrefix($0) } || [".", ".."].contains(model)
    return saysSo || FileManager.default.fileExists(atPath: model) ? model : nil
  }
}

/// A model that is not there, and where one comes from.
struct NoModel: Error, CustomStringConvertible {
  let path: String
  let isFile: Bool

  var description: String {
    """
    \(isFile ? "the model \(path) is a file" : "there is no model folder \(path)"); a model is a \
    folder with config.json, model.safetensors and tokenizer.json; "tessera pull NAME" brings one, \
    weights-converter makes one of PyTorch's files, and without -m the picture book runs, which \
    comes with the command
    """
  }
}
