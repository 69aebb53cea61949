import Foundation
import TesseraHTTP

/// Models by name: found in the caches without a request, or fetched into them.
package struct ModelLibrary: Sendable {
  let settings: HubSettings
  let transport: any Transport
  let converter: any ModelConverter
  let patience: Patience
  let report: PullReport

  package init(
    settings: HubSettings, transport: any Transport, converter: any ModelConverter,
    patience: Patience = Patience(), report: PullReport
  ) {
    self.settings = settings
    self.transport = transport
    self.converter = converter
    self.patience = patience
    self.report = report
  }

  var converted: ConvertedModels { ConvertedModels(folder: "\(settings.home)/converted") }

  func cache(of source: ModelSource) -> HubCache {
    switch source {
    case .hub: HubCache(folder: settings.hubCache)
    case .modelScope: HubCache(folder: "\(settings.home)/modelscope")
    }
  }

  func repository(_ name: ModelName) -> any Repository {
    let client = settings.client(for: name.source, transport: transport)
    return switch name.source {
    case .hub: HubRepository(name: name, endpoint: settings.endpoint, client: client)
    case .modelScope:
      ModelScopeRepository(name: name, endpoint: settings.modelScopeEndpoint, client: client)
    }
  }

  // MARK: What the caches hold

  /// The wanted files of a repository, as a cache holds them.
  struct Snapshot {
    let name: ModelName
    let commit: String
    let folder: String
    let files: [String]
  }

  /// The model's folder, without a request; what needs converting and was not yet, is.
  /// - Throws: `HubError.notCached` or `HubError.incomplete`, which say what to run.
  package func folder(of reference: ModelReference) throws -> String {
    let snapshots: [Snapshot]
    do {
      snapshots = try reference.parts.map { try snapshot(of: $0, called: "\(reference)") }
    } catch let error as HubError {
      // What a converted model was made from may have been removed since.
      if let record = converted.records().last(where: { $0.name == "\(reference)" }) {
        return converted.path(record.key)
      }
      if let folder = modelScopeFolder(of: reference) { return folder }
      throw error
    }
    return try model(of: reference, from: snapshots)
  }

  private func snapshot(of part: ModelReference.Part, called name: String) throws -> Snapshot {
    let cache = cache(of: part.name.source)
    guard let commit = cache.commit(of: part.name),
      Folders.isFolder(cache.snapshot(part.name, commit))
    else { throw HubError.notCached(name: name) }
    let present = cache.files(part.name, commit)
    let wanted: [String]
    if let listing = cache.listing(part.name, commit) {
      wanted = try part.selection.files(of: listing.map(\.path), named: name)
    } else {
      do {
        wanted = try part.selection.files(of: present, named: name)
      } catch HubError.noModel {
        throw HubError.incomplete(name: name, missing: ["configuration or weights"])
      }
    }
    let missing = Set(wanted).subtracting(present)
    guard missing.isEmpty else {
      throw HubError.incomplete(name: name, missing: missing.sorted())
    }
    return Snapshot(
      name: part.name, commit: commit, folder: cache.snapshot(part.name, commit), files: wanted)
  }

  /// A folder that ModelScope's own client made, in which nothing says what is missing.
  private func modelScopeFolder(of reference: ModelReference) -> String? {
    guard case .repository(let name) = reference, name.source == .modelScope,
      name.revision == nil
    else { return nil }
    let folder = "\(settings.modelScopeFolders)/\(name.repository.replacing(".", with: "___"))"
    let isModel = (try? FileSelection.needed.files(of: Folders.names(in: folder), named: "")) != nil
    return isModel ? folder : nil
  }

  // MARK: Conversion

  func needsConversion(_ reference: ModelReference, _ files: [String]) -> Bool {
    reference.textModel != nil || files.contains { ModelLayout.heads.contains($0) }
  }

  /// The folder that the engine reads: the snapshot, or what is made of it.
  /// - Parameter target: where a converted folder goes; into the cache of such by default.
  func model(
    of reference: ModelReference, from snapshots: [Snapshot], into target: String? = nil
  ) throws -> String {
    let weights = snapshots[0]
    guard needsConversion(reference, weights.files) else { return weights.folder }
    let textModel = snapshots.dropFirst().first?.folder
    let source =
      textModel == nil ? weights.folder : "\(weights.folder)/\(weights.files.first ?? "")"
    if let target {
      report.note("converting \(reference)")
      try converter.convert(source, textModel: textModel, to: target)
      return target
    }
    let sources = snapshots.map { snapshot in
      ConvertedModels.Source(
        repository: snapshot.name.repository, commit: snapshot.commit,
        files: snapshot.files.map { path in
          // Without links, the commit stands for the bytes.
          let hash = cache(of: snapshot.name.source).hash(snapshot.name, snapshot.commit, path)
          return .init(path: path, hash: hash ?? snapshot.commit)
        })
    }
    let key = ConvertedModels.key(of: sources)
    if converted.contains(key) { return converted.path(key) }
    let record = ConvertedModels.Record(key: key, name: "\(reference)", sources: sources)
    let waiting = { report.note("another process converts \(reference), waiting") }
    return try converted.make(record, willWait: waiting) { folder in
      report.note("converting \(reference), once")
      try converter.convert(source, textModel: textModel, to: folder)
    }
  }
}
