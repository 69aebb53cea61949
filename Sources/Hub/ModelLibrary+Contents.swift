import Foundation

/// A model in a cache.
package struct CachedModel: Sendable {
  package let name: String
  package let kind: Kind
  package let folder: String
  package let byteCount: Int

  package enum Kind: String, Sendable { case whole, partial, converted }
}

extension ModelLibrary {
  /// What the caches hold, in order of names; no request is made.
  package func contents() -> [CachedModel] {
    let fetched = [ModelSource.hub, .modelScope].flatMap { source in
      let cache = cache(of: source)
      return names(in: cache, source).map { name in
        let reference = ModelReference.repository(name)
        let isWhole = isWhole(reference)
        return CachedModel(
          name: "\(name)", kind: isWhole ? .whole : .partial, folder: cache.repository(name),
          byteCount: Folders.size(below: cache.repository(name)))
      }
    }
    let made = converted.records().map { record in
      let folder = converted.path(record.key)
      return CachedModel(
        name: record.name, kind: .converted, folder: folder,
        byteCount: Folders.size(below: folder))
    }
    return (fetched + made).sorted { ($0.name, $0.kind.rawValue) < ($1.name, $1.kind.rawValue) }
  }

  /// Whether the cache has all of a model that can be read from there, converted or not.
  private func isWhole(_ reference: ModelReference) -> Bool {
    let cache = cache(of: reference.weights.name.source)
    guard let commit = cache.commit(of: reference.weights.name) else { return false }
    let files = cache.files(reference.weights.name, commit)
    return (try? FileSelection.needed.files(of: files, named: "")) != nil
  }

  private func names(in cache: HubCache, _ source: ModelSource) -> [ModelName] {
    Folders.names(in: cache.folder).filter { $0.hasPrefix("models--") }.compactMap { folder in
      let repository = folder.dropFirst("models--".count).replacing("--", with: "/")
      let name = try? ModelName(String(repository))
      return name.map { ModelName(source: source, repository: $0.repository, revision: nil) }
    }
  }

  /// Removes a model from the caches, and what it was converted from.
  ///
  /// What another converted model was made from stays, and so does a text model that is whole.
  /// - Returns: what was removed.
  /// - Throws: `HubError` where nothing is there, or where another process fetches it.
  package func remove(_ reference: ModelReference) throws -> [CachedModel] {
    let contents = contents()
    let records = converted.records().filter { record in
      record.name == "\(reference)"
        || (reference.textModel == nil
          && record.sources.contains { $0.repository == reference.weights.name.repository })
    }
    let keys = Set(records.map(\.key))
    let others = Set(
      converted.records().filter { !keys.contains($0.key) }
        .flatMap { $0.sources.map(\.repository) })
    var folders = Set(records.map { converted.path($0.key) })
    var repositories: [ModelName] = []
    for (index, part) in reference.parts.enumerated() {
      let folder = cache(of: part.name.source).repository(part.name)
      let isNeeded =
        others.contains(part.name.repository)
        || (index > 0 && contents.contains { $0.folder == folder && $0.kind == .whole })
      guard Folders.isFolder(folder), !isNeeded else { continue }
      folders.insert(folder)
      repositories.append(part.name)
    }
    guard !folders.isEmpty else {
      throw HubError.noModel(name: "\(reference)", reason: "is in no cache")
    }
    for record in records { try converted.remove(record) }
    for name in repositories { try cache(of: name.source).remove(name) }
    return contents.filter { folders.contains($0.folder) }
  }
}

extension HubCache {
  /// Removes a repository and its locks.
  /// - Throws: `HubError` where another process holds one of these.
  func remove(_ name: ModelName) throws {
    let locks = "\(folder)/.locks/\(name.folder)"
    for lock in Folders.names(in: locks) {
      let path = "\(locks)/\(lock)"
      _ = try FileLock(path) {
        throw HubError.noModel(name: "\(name)", reason: "another process fetches it")
      }
    }
    try Folders.remove(repository(name))
    try Folders.remove(locks)
  }
}
