import Dispatch
import Foundation
import Synchronization

/// Brings the wanted files of one repository into a cache, or into a plain folder.
struct RepositoryPull: Sendable {
  let repository: any Repository
  let selection: FileSelection
  let destination: Destination
  let patience: Patience
  let report: PullReport

  enum Destination: Sendable {
    case cache(HubCache)
    case folder(String)
  }

  private static let filesAtOnce = 4

  private var name: ModelName { repository.name }

  /// Asks what there is; nothing is written.
  ///
  /// - Parameter hasCopy: whether one can do without an answer, so that a host that cannot be reached
  ///   is asked once.
  func plan(hasCopy: () -> Bool = { false }) throws -> PullPlan {
    let listing = try patience.trying(
      note: report.note, unless: { $0.isOfTheNetwork && hasCopy() }
    ) { try repository.listing() }
    let wanted = Set(try selection.files(of: listing.files.map(\.path), named: "\(name)"))
    let files = listing.files.filter { wanted.contains($0.path) }
    let present = files.reduce(0) { bytes, file in
      let place = place(of: file)
      return bytes + (Folders.fileSize(place.path) ?? Folders.fileSize(place.partial) ?? 0)
    }
    return PullPlan(name: name, listing: listing, files: files, presentBytes: present)
  }

  /// Fetches what is missing.
  /// - Returns: the folder with the files.
  func run(_ plan: PullPlan) throws -> String {
    if plan.listing.repository.lowercased() != name.repository.lowercased() {
      report.note("\(name.repository) is called \(plan.listing.repository) now")
    }
    try checkFolder(plan)
    // Files of equal content have one place in a cache, and are fetched once.
    let groups = Dictionary(grouping: plan.files) { place(of: $0).path }
    try inParallel(Array(groups.values)) { files in
      for file in files {
        try Download(
          file: file, commit: plan.listing.commit, repository: repository, place: place(of: file),
          patience: patience, report: report
        ).run()
        if case .cache(let cache) = destination { try cache.link(file, name, plan.listing.commit) }
      }
    }
    switch destination {
    case .folder(let folder): return folder
    case .cache(let cache):
      try cache.keep(plan.listing, name)
      try cache.note(plan.listing, name)
      return cache.snapshot(name, plan.listing.commit)
    }
  }

  private func place(of file: RepositoryFile) -> FilePlaceOnDisk {
    switch destination {
    case .cache(let cache): return cache.place(of: file, name)
    case .folder(let folder):
      let path = "\(folder)/\(file.path)"
      // The file on its way is its own lock, so that no other stays behind.
      let partial = "\(path).\("\(file.checksum)".prefix(8)).incomplete"
      return FilePlaceOnDisk(path: path, partial: partial, lock: partial)
    }
  }

  /// What stands in a user's own folder is replaced by nothing.
  private func checkFolder(_ plan: PullPlan) throws {
    guard case .folder = destination else { return }
    for file in plan.files {
      let path = place(of: file).path
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      guard Folders.fileSize(path) == file.size else { throw HubError.exists(path) }
      var hasher = file.checksum.hasher(size: file.size)
      guard let reader = FileHandle(forReadingAtPath: path) else { throw HubError.exists(path) }
      while let bytes = try reader.read(upToCount: 4 << 20), !bytes.isEmpty {
        hasher.update(bytes)
      }
      guard hasher.digits == "\(file.checksum)" else { throw HubError.exists(path) }
    }
  }

  /// Does the work for several files at once; the first failure lets no further ones begin.
  private func inParallel(
    _ groups: [[RepositoryFile]], _ work: @escaping @Sendable ([RepositoryFile]) throws -> Void
  ) throws {
    // The largest first: it takes longest.
    let waiting = Mutex(groups.sorted { ($0.first?.size ?? 0) < ($1.first?.size ?? 0) })
    let failure = Mutex<(any Error)?>(nil)
    let queue = DispatchQueue(label: "tessera.pull", attributes: .concurrent)
    let group = DispatchGroup()
    for _ in 0..<min(Self.filesAtOnce, groups.count) {
      queue.async(group: group) {
        while failure.withLock({ $0 == nil }), let files = waiting.withLock({ $0.popLast() }) {
          do {
            try work(files)
          } catch {
            failure.withLock { $0 = $0 ?? error }
          }
        }
      }
    }
    group.wait()
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
