import Synchronization

/// The models that are served; they can be replaced while requests run, which keep theirs.
package final class ModelShelf: Sendable {
  /// Models of each kind, the first of which is what clients get that name none.
  package struct Contents: Sendable {
    /// They make vectors.
    package var embedders: [ServedModel]
    /// They score pairs of texts.
    package var rerankers: [ServedReranker]

    /// They answer in conversations.
    package var chats: [ServedChat]

    package init(
      _ embedders: [ServedModel], rerankers: [ServedReranker] = [], chats: [ServedChat] = []
    ) {
      self.embedders = embedders
      self.rerankers = rerankers
      self.chats = chats
    }

    package var all: [any NamedModel] { embedders + rerankers + chats }
  }

  private let models: Mutex<Contents>

  package init(_ contents: Contents) { models = Mutex(contents) }

  package var contents: Contents { models.withLock { $0 } }

  package func replace(with contents: Contents) { models.withLock { $0 = contents } }

  /// The model of that name that makes vectors; without one, the first.
  ///
  /// - Throws: `Problem` where there is none.
  package func model(_ name: String?) throws(Problem) -> ServedModel {
    try Self.find(name, contents.embedders, of: contents, does: "makes vectors")
  }

  /// The model of that name that scores pairs; without one, the first.
  ///
  /// - Throws: `Problem` where there is none.
  package func reranker(_ name: String?) throws(Problem) -> ServedReranker {
    try Self.find(name, contents.rerankers, of: contents, does: "scores pairs of texts")
  }

  /// The model of that name that answers in conversations; without one, the first.
  ///
  /// - Throws: `Problem` where there is none.
  func chat(_ name: String?) throws(Problem) -> ServedChat {
    try Self.find(name, contents.chats, of: contents, does: "answers in conversations")
  }

  /// The model of that name, of any kind; without one, the first.
  ///
  /// - Throws: `Problem` where there is none.
  func any(_ name: String?) throws(Problem) -> any NamedModel {
    let contents = contents
    guard let name else {
      guard let first = contents.all.first else {
        throw Problem(.unavailable, "no model is loaded")
      }
      return first
    }
    guard let found = contents.all.first(where: { $0.answers(to: name) }) else {
      throw Self.unknown(name, contents)
    }
    return found
  }

  private static func find<Model: NamedModel>(
    _ name: String?, _ models: [Model], of contents: Contents, does: String
  ) throws(Problem) -> Model {
    guard let name else {
      guard let first = models.first else {
        throw Problem(.unknownModel, "this server has no model that \(does)", field: "model")
      }
      return first
    }
    if let found = models.first(where: { $0.answers(to: name) }) { return found }
    guard contents.all.contains(where: { $0.answers(to: name) }) else {
      throw unknown(name, contents)
    }
    throw Problem(
      .invalid, "the model `\(name.prefix(80))` is none that \(does)", field: "model")
  }

  private static func unknown(_ name: String, _ contents: Contents) -> Problem {
    let names = contents.all.map { "`\($0.name)`" }.joined(separator: ", ")
    return Problem(
      .unknownModel,
      "The model `\(name.prefix(80))` does not exist; this server has \(names)", field: "model")
  }
}
