/// What a user may call a model by, folders apart.
package enum ModelReference: Sendable, CustomStringConvertible {
  /// A short name, from ModelScope or the Hub, perhaps at a revision of its weights.
  case known(CatalogueEntry, ModelSource, revision: String?)
  case repository(ModelName)

  /// - Throws: `HubError.notAName`.
  package init(_ text: String) throws {
    let name = try ModelName(text)
    if let entry = Catalogue.entries.first(where: { $0.name == name.repository.lowercased() }) {
      self = .known(entry, name.source, revision: name.revision)
    } else {
      self = .repository(name)
    }
  }

  package var description: String {
    switch self {
    case .known(let entry, let source, let revision):
      "\(ModelName(source: source, repository: entry.name, revision: revision))"
    case .repository(let name): "\(name)"
    }
  }

  /// A repository and which of its files are wanted.
  package struct Part: Sendable {
    package let name: ModelName
    package let selection: FileSelection
  }

  /// The repository with the weights, or with the whole model.
  package var weights: Part {
    switch self {
    case .known(let entry, let source, let revision):
      Part(
        name: ModelName(
          source: source, repository: entry.weights.repository, revision: revision),
        selection: FileSelection(only: entry.weights.files))
    case .repository(let name): Part(name: name, selection: .needed)
    }
  }

  /// The repository with what the weights come without.
  package var textModel: Part? {
    guard case .known(let entry, let source, _) = self, let part = entry.textModel else {
      return nil
    }
    return Part(
      name: ModelName(source: source, repository: part.repository, revision: nil),
      selection: FileSelection(only: part.files))
  }

  var parts: [Part] { [weights] + (textModel.map { [$0] } ?? []) }
}
