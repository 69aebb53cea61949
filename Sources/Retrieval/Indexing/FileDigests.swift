import TesseraTensors

/// Hashes of files that are about to be read, computed by all threads.
final class FileDigests {
  private struct Digest {
    let facts: FileFacts
    let sha256: String
  }

  private var known: [String: Digest] = [:]

  /// Hashes the files and their captions; the hashes of others are forgotten.
  func prepare(_ files: [FoundFile]) {
    let paths = files.flatMap { [$0.path] + ($0.caption.map { [$0] } ?? []) }
    // What cannot be read says so when it is asked for.
    let digests = Parallel.map(paths.count) { index in
      try? Digest(facts: FileFacts(paths[index]), sha256: FileDigest.whole(paths[index]))
    }
    known = [:]
    for (path, digest) in zip(paths, digests) { known[path] = digest }
  }

  /// - Throws: `FileError`.
  func whole(_ path: String) throws -> String {
    // A file that has changed meanwhile is hashed again.
    if let digest = known[path], try FileFacts(path) == digest.facts { return digest.sha256 }
    return try FileDigest.whole(path)
  }

  /// Of a file and its caption.
  ///
  /// - Throws: `ReadFailure`.
  func sha256(of file: FoundFile) throws -> String {
    do {
      return try ([file.path] + (file.caption.map { [$0] } ?? [])).map(whole)
        .joined(separator: ";")
    } catch {
      throw ReadFailure(reason: "\(error)")
    }
  }
}
