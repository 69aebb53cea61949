/// One file of a repository: its place, its size and what its bytes must hash to.
package struct RepositoryFile: Hashable, Sendable {
  /// Within the repository, with slashes.
  package let path: String
  package let size: Int
  package let checksum: Checksum
  /// The hash of git's own object, where that is another: of the pointer to a large file.
  let gitHash: String?
  /// The name of the content in the Hub's newer storage, which is not used here.
  let xetHash: String?

  package init(
    path: String, size: Int, checksum: Checksum, gitHash: String? = nil, xetHash: String? = nil
  ) {
    self.path = path
    self.size = size
    self.checksum = checksum
    self.gitHash = gitHash
    self.xetHash = xetHash
  }

  /// Whether a path stays inside the folder that it is relative to, and on one line.
  static func isInside(_ path: String) -> Bool {
    !path.isEmpty
      && path.split(separator: "/", omittingEmptySubsequences: false)
        .allSatisfy { !["", ".", ".."].contains($0) }
      && path.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\\" }
  }
}

/// All files of a repository at one commit.
package struct RepositoryListing: Sendable {
  package let commit: String
  package let files: [RepositoryFile]
  /// The repository's name as the answer gives it, which is another after a renaming.
  package let repository: String

  /// - Throws: `HubError.hostilePath` where a file would leave its folder.
  init(commit: String, files: [RepositoryFile], repository: String) throws {
    guard (7...64).contains(commit.utf8.count), commit.allSatisfy(\.isHexDigit) else {
      throw HubError.hostilePath(commit)
    }
    if let hostile = files.first(where: { !RepositoryFile.isInside($0.path) }) {
      throw HubError.hostilePath(hostile.path)
    }
    self.commit = commit
    self.files = files
    self.repository = repository
  }
}
