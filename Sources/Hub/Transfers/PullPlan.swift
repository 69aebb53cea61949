/// What a pull fetches, and where from.
package struct PullPlan: Sendable {
  package let name: ModelName
  package let listing: RepositoryListing
  /// What is wanted of it.
  package let files: [RepositoryFile]
  /// Bytes of these that are on the disk already.
  package let presentBytes: Int

  package var byteCount: Int { files.reduce(0) { $0 + $1.size } }
  package var missingBytes: Int { max(0, byteCount - presentBytes) }
}
