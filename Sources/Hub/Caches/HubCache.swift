import Foundation

/// A cache laid out as huggingface_hub's: what one has fetched, the other finds.
///
///     models--ORGANISATION--NAME/
///       blobs/HASH                     a file's bytes, once
///       snapshots/COMMIT/PATH          a relative link to its blob
///       refs/main                      the branch's commit
///       trees/COMMIT.json              all files that the commit has
///     .locks/models--ORGANISATION--NAME/HASH.lock
struct HubCache: Sendable {
  let folder: String

  func repository(_ name: ModelName) -> String { "\(folder)/\(name.folder)" }

  // MARK: What is there

  /// The commit that a name stands for, as far as the cache knows.
  func commit(of name: ModelName) -> String? {
    let repository = repository(name)
    if let commit = Folders.text("\(repository)/refs/\(name.branch)") { return commit }
    guard let revision = name.revision, revision.utf8.count >= 7,
      revision.allSatisfy(\.isHexDigit)
    else { return nil }
    let matching = Folders.names(in: "\(repository)/snapshots").filter { $0.hasPrefix(revision) }
    return matching.count == 1 ? matching[0] : nil
  }

  func snapshot(_ name: ModelName, _ commit: String) -> String {
    "\(repository(name))/snapshots/\(commit)"
  }

  /// All files that the commit has, as a listing told once; nil where none was kept.
  func listing(_ name: ModelName, _ commit: String) -> [RepositoryFile]? {
    KeptListing.read("\(repository(name))/trees/\(commit).json")
  }

  /// Files of a snapshot whose bytes are there too.
  func files(_ name: ModelName, _ commit: String) -> [String] {
    let snapshot = snapshot(name, commit)
    let paths = FileManager.default.enumerator(atPath: snapshot)?.compactMap { $0 as? String }
    return (paths ?? []).filter { Folders.fileSize("\(snapshot)/\($0)") != nil }.sorted()
  }

  /// The hash that a file of a snapshot is kept under, which is that of its bytes; nil where it
  /// is no link, as on file systems without them.
  func hash(_ name: ModelName, _ commit: String, _ path: String) -> String? {
    let link = try? FileManager.default.destinationOfSymbolicLink(
      atPath: "\(snapshot(name, commit))/\(path)")
    return link.map { ($0 as NSString).lastPathComponent }
  }

  // MARK: What is added

  /// Where a file's bytes go.
  func place(of file: RepositoryFile, _ name: ModelName) -> FilePlaceOnDisk {
    let blob = "\(repository(name))/blobs/\(file.checksum)"
    return FilePlaceOnDisk(
      path: blob, partial: "\(blob).incomplete",
      lock: "\(folder)/.locks/\(name.folder)/\(file.checksum).lock")
  }

  /// Makes a file of a snapshot once its blob is whole.
  func link(_ file: RepositoryFile, _ name: ModelName, _ commit: String) throws {
    let path = "\(snapshot(name, commit))/\(file.path)"
    let up = String(repeating: "../", count: 2 + file.path.count { $0 == "/" })
    let target = "\(up)blobs/\(file.checksum)"
    if (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == target { return }
    try Folders.create((path as NSString).deletingLastPathComponent)
    // Made beside and renamed: whoever looks meanwhile finds the old link or the new one.
    let temporary = "\(path).\(UInt32.random(in: .min ... .max)).tmp"
    guard symlink(target, temporary) == 0 else {
      throw HubError.file(path: temporary, operation: "link", code: errno)
    }
    try Folders.rename(temporary, to: path)
  }

  /// Notes what a branch stands for; done last, so that a ref leads to a whole snapshot.
  func note(_ listing: RepositoryListing, _ name: ModelName) throws {
    let tag = "\(folder)/CACHEDIR.TAG"
    if Folders.fileSize(tag) == nil {
      try Folders.write(Self.tag, to: tag)
    }
    guard name.branch != listing.commit else { return }
    let ref = "\(repository(name))/refs/\(name.branch)"
    if Folders.text(ref) != listing.commit { try Folders.write(listing.commit, to: ref) }
  }

  func keep(_ listing: RepositoryListing, _ name: ModelName) throws {
    let path = "\(repository(name))/trees/\(listing.commit).json"
    if KeptListing.read(path) == nil {
      try Folders.write(KeptListing.text(listing.files), to: path)
    }
  }

  /// The bytes that huggingface_hub writes, so that a folder is the same whoever makes it.
  private static let tag = """
    Signature: 8a477f597d28d172789f06886806bc55
    # This file is a cache directory tag created by huggingface_hub.
    # For information about cache directory tags, see:
    #\thttps://bford.info/cachedir/

    """
}

/// Where a file of a repository is put: its bytes on the way, and the lock for both.
struct FilePlaceOnDisk: Sendable {
  let path: String
  let partial: String
  let lock: String
}
