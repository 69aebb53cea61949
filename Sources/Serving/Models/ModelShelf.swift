import Synchronization

/// The models that are served; they can be replaced while requests run, which keep theirs.
package final class ModelShelf: Sendable {
  private let models: Mutex<[ServedModel]>

  package init(_ models: [ServedModel]) { self.models = Mutex(models) }

  package var all: [ServedModel] { models.withLock { $0 } }

  package func replace(with models: [ServedModel]) {
    self.models.withLock { $0 = models }
  }

  /// The model of that name; without one, the first.
  ///
  /// - Throws: `Problem` where there is none.
  package func model(_ name: String?) throws(Problem) -> ServedModel {
    let models = all
    guard let name else {
      guard let first = models.first else { throw Problem(.unavailable, "no model is loaded") }
      return first
    }
    guard let found = models.first(where: { $0.answers(to: name) }) else {
      let names = models.map { "`\($0.name)`" }.joined(separator: ", ")
      throw Problem(
        .unknownModel,
        "The model `\(name.prefix(80))` does not exist; this server has \(names)", field: "model")
    }
    return found
  }
}
