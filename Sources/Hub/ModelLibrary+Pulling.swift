import Foundation

extension ModelLibrary {
  /// What is to be pulled beyond the name.
  package struct PullOptions: Sendable {
    /// A plain folder in place of the cache.
    package let folder: String?
    /// Patterns of files, in place of what a model needs.
    package let patterns: [String]

    package init(folder: String? = nil, patterns: [String] = []) {
      self.folder = folder
      self.patterns = patterns
    }
  }

  /// What a pull would fetch.
  /// - Throws: `HubError`.
  package func plans(
    of reference: ModelReference, _ options: PullOptions = PullOptions()
  ) throws -> [PullPlan] {
    try requireNetwork(reference)
    return try pulls(of: reference, options).map { try $0.plan() }
  }

  /// Fetches a model, and converts it where the engine does not read it as it is.
  ///
  /// Where no host answers, a model that the cache holds whole is enough.
  /// - Returns: the folder to read it from.
  /// - Throws: `HubError`, or what the converter throws.
  package func pull(
    _ reference: ModelReference, _ options: PullOptions = PullOptions()
  ) throws -> String {
    let mayUseCache = options.folder == nil && options.patterns.isEmpty
    if settings.offlineVariable != nil, mayUseCache,
      let folder = try? self.folder(of: reference)
    {
      return folder
    }
    try requireNetwork(reference)
    if let note = settings.tokenNote(for: reference.weights.name.source) { report.note(note) }
    let pulls = pulls(of: reference, options)
    lazy var copy = mayUseCache ? try? folder(of: reference) : nil
    let plans: [PullPlan]
    do {
      plans = try pulls.map { try $0.plan { copy != nil } }
    } catch let error as HubError where error.isOfTheNetwork {
      guard let copy else { throw error }
      report.note("\(error); the cache holds \(reference) whole")
      return copy
    }
    try checkSpace(reference, plans, options)
    for plan in plans { report.begin(plan) }
    let folders = try zip(pulls, plans).map { try $0.run($1) }
    let snapshots = zip(plans, folders).map { plan, folder in
      Snapshot(
        name: plan.name, commit: plan.listing.commit, folder: folder,
        files: plan.files.map(\.path))
    }
    guard options.patterns.isEmpty, !isPlain(pulls[0]) else { return folders[0] }
    return try model(of: reference, from: snapshots, into: options.folder)
  }

  private func requireNetwork(_ reference: ModelReference) throws {
    if let variable = settings.offlineVariable {
      throw HubError.offline(name: "\(reference)", variable: variable)
    }
  }

  /// One pull a repository. A repository goes into a folder as it is; a short name stands for a
  /// model, which may have to be converted on the way there.
  private func pulls(of reference: ModelReference, _ options: PullOptions) -> [RepositoryPull] {
    reference.parts.map { part in
      let destination: RepositoryPull.Destination =
        if let folder = options.folder, !converts(reference) || !options.patterns.isEmpty {
          .folder(folder)
        } else {
          .cache(cache(of: part.name.source))
        }
      return RepositoryPull(
        repository: repository(part.name),
        selection: options.patterns.isEmpty ? part.selection : .matching(options.patterns),
        destination: destination, patience: patience, report: report)
    }
  }

  private func isPlain(_ pull: RepositoryPull) -> Bool {
    if case .folder = pull.destination { true } else { false }
  }

  /// Whether a model is known to need converting before anything is listed.
  private func converts(_ reference: ModelReference) -> Bool {
    guard case .known(let entry, _, _) = reference else { return false }
    return entry.textModel != nil || entry.family == "BGE-M3"
  }

  private func checkSpace(
    _ reference: ModelReference, _ plans: [PullPlan], _ options: PullOptions
  ) throws {
    var space = DiskSpace()
    for (part, plan) in zip(reference.parts, plans) {
      let isPlain = options.folder != nil && !converts(reference)
      let folder = isPlain ? options.folder : nil
      space.need(plan.missingBytes, in: folder ?? cache(of: part.name.source).folder)
    }
    let weights = plans[0].files
    if needsConversion(reference, weights.map(\.path)), options.patterns.isEmpty,
      options.folder == nil || converts(reference)
    {
      // Nothing is left out by a conversion; only the containers differ.
      space.need(weights.reduce(0) { $0 + $1.size }, in: options.folder ?? settings.home)
    }
    try space.check()
  }
}
