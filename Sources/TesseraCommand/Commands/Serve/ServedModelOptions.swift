import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraKernels
import TesseraServing

/// Which models are served, and how they compute.
struct ServedModelOptions: CheckedArguments {
  @Option(
    name: .shortAndLong,
    help: """
      A model, or several: folders, names that `tessera pull` has fetched, or NAME=FOLDER for a name \
      of one's own. The first is what clients get that name none.
      """)
  var model: [String] = []
  @Option(help: "Arithmetic of the products: float32, bfloat16, int8 or int4.")
  var precision: Precision?
  @Option(
    parsing: .unconditional,
    help: "Threads that compute; as many as there are processors by default.")
  var threads: Int?
  @Option(parsing: .unconditional, help: "Tokens, of texts and images, that are computed together.")
  var batchTokens = 2048
  @Option(parsing: .unconditional, help: "Tokens of text that are read; the model's limit at most.")
  var maxLength: Int?
  @Option(parsing: .unconditional, help: "Images with more pixels are refused.") var maxPixels =
    50_000_000

  func check() throws {
    for (name, value) in [
      ("--threads", threads), ("--batch-tokens", batchTokens), ("--max-length", maxLength),
      ("--max-pixels", maxPixels),
    ] {
      if let value, value <= 0 {
        throw ValidationError("\(name) is \(value); expected a positive number.")
      }
    }
  }

  /// - Throws: `EmbedderError`, `SameName`, and what looking for a model by its name throws.
  func load() throws -> [LoadedModel] {
    if let notice = KernelTable.selection.notice { StandardError.note(notice) }
    if let threads { Embedder.threadCount = threads }
    // Without -m, what the other commands run.
    let given: [String?] = model.isEmpty ? [nil] : model
    let models = try given.map { try load($0) }
    for (index, model) in models.enumerated()
    where models[..<index].contains(where: { $0.model.name == model.model.name }) {
      throw SameName(name: model.model.name)
    }
    return models
  }

  private func load(_ argument: String?) throws -> LoadedModel {
    let (given, place) = Self.named(argument)
    let folder = try Self.folder(place)
    let last = try Self.lastName(of: place.map { URL(filePath: $0) } ?? folder)
    let name = given ?? last
    let aliases = [place, last].compactMap { $0 }
    let created = Int(Date().timeIntervalSince1970)
    let model: any NamedModel =
      // What is wrong with a folder of no known kind is said where it is loaded.
      if LocalChat.isOne(folder) {
        ServedChat(name: name, aliases: aliases, chat: try chat(folder), created: created)
      } else if (try? Reranker.isOne(folder)) == true {
        ServedReranker(
          name: name, aliases: aliases, reranker: try reranker(folder), created: created)
      } else {
        ServedModel(
          name: name, aliases: aliases,
          embedder: try Embedder(modelFolder: folder, options: options), created: created)
      }
    return LoadedModel(folder: folder, model: model)
  }

  private func reranker(_ folder: URL) throws -> Reranker {
    try Reranker(
      modelFolder: folder,
      options: .init(maxLength: maxLength, batchTokens: batchTokens, precision: precision))
  }

  private func chat(_ folder: URL) throws -> LocalChat {
    try LocalChat(
      modelFolder: folder, options: .init(maximumPixels: maxPixels, precision: precision))
  }

  private var options: Embedder.Options {
    .init(
      maxLength: maxLength, batchTokens: batchTokens, maximumPixels: maxPixels,
      precision: precision)
  }

  private static func folder(_ place: String?) throws -> URL {
    try ModelFolder.parse(place.map { ["-m", $0] } ?? []).folder()
  }

  /// The folder's name; that of the model that comes with the command is nobody's to guess.
  private static func lastName(of folder: URL) throws -> String {
    let isPictureBook = try folder.path == Embedder.pictureBookFolder().path
    return isPictureBook ? ModelFolder.pictureBook : folder.lastPathComponent
  }

  /// `NAME=FOLDER`, where that is no folder by itself.
  private static func named(_ argument: String?) -> (name: String?, place: String?) {
    guard let argument, !FileManager.default.fileExists(atPath: argument),
      let equals = argument.firstIndex(of: "="), equals > argument.startIndex
    else { return (nil, argument) }
    return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
  }

  struct SameName: Error, CustomStringConvertible {
    let name: String
    var description: String { "two models have the name \(name); give one as NAME=FOLDER" }
  }
}

/// A model that is served, and where it was read from.
struct LoadedModel {
  let folder: URL
  let model: any NamedModel
}

extension [LoadedModel] {
  var contents: ModelShelf.Contents {
    .init(
      compactMap { $0.model as? ServedModel },
      rerankers: compactMap { $0.model as? ServedReranker },
      chats: compactMap { $0.model as? ServedChat })
  }
}
