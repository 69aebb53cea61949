import Foundation
import TesseraJSON

/// A commit's files as huggingface_hub 2 keeps them, so that what is missing is known offline.
enum KeptListing {
  private static let version = 1

  /// - Returns: nil where there is none, or one of another make.
  static func read(_ path: String) -> [RepositoryFile]? {
    guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
    let value = try? bytes.withUnsafeBytes { bytes in
      try JSONReader.read(bytes) { try $0.readValue() }
    }
    guard let value else { return nil }
    let listing = Field(value: value, place: FilePlace(file: path))
    return try? files(listing)
  }

  private static func files(_ listing: Field) throws -> [RepositoryFile]? {
    guard try listing.required("format_version").count() == version else { return nil }
    return try listing.required("files").members().map { member in
      let place = listing.place.key(member.key)
      let entry = Field(value: member.value, place: place)
      let gitHash = try entry.optional("blob_id")?.string()
      let large = try entry.optional("lfs_sha256")?.string()
      let checksum =
        large.flatMap(Checksum.init(sha256:)) ?? gitHash.flatMap(Checksum.init(gitBlob:))
      guard let checksum, RepositoryFile.isInside(member.key) else { throw place.missing }
      return RepositoryFile(
        path: member.key, size: try entry.required("size").size(), checksum: checksum,
        gitHash: gitHash, xetHash: try entry.optional("xet_hash")?.string())
    }
  }

  static func text(_ files: [RepositoryFile]) -> String {
    JSONWriter.line { listing in
      listing.member("format_version", version)
      listing.object("files") { object in
        for file in files.sorted(by: { $0.path < $1.path }) {
          object.object(file.path) { entry in
            entry.member("size", file.size)
            if let hash = file.gitHash { entry.member("blob_id", hash) }
            if case .sha256(let digits) = file.checksum {
              entry.member("lfs_sha256", digits)
              entry.member("lfs_size", file.size)
            }
            if let hash = file.xetHash { entry.member("xet_hash", hash) }
          }
        }
      }
    }
  }
}
