import TesseraFiles
import TesseraTensors

/// Hashes of files.
package enum FileDigest {
  /// Of all its bytes.
  ///
  /// - Throws: `FileError`.
  package static func whole(_ path: String) throws -> String {
    var hash = SHA256()
    try FileContents.forEachPiece(of: path) { hash.update($0) }
    return hash.hexadecimal()
  }

  /// Adds a file's size and content; of a long one its beginning and blocks spread over it.
  ///
  /// Another training changes every tensor: hashing gigabytes of weights before every query would
  /// find nothing that this does not.
  /// - Throws: `FileError`.
  package static func addSamples(of path: String, to hash: inout SHA256) throws {
    let file = try OpenFile(path)
    hash.update("\(file.size)\n")
    guard file.size > sampledWhole else { return try add(file.size, of: file, to: &hash) }
    try add(sampledWhole / 4, of: file, to: &hash)
    for sample in 1...sampleCount {
      try file.seek(to: (file.size - sampleSize) / sampleCount * sample)
      try add(sampleSize, of: file, to: &hash)
    }
  }

  /// Adds so many of the next bytes.
  private static func add(_ count: Int, of file: OpenFile, to hash: inout SHA256) throws {
    try withUnsafeTemporaryAllocation(byteCount: max(1, count), alignment: 1) { memory in
      let read = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[..<count]))
      hash.update(UnsafeRawBufferPointer(rebasing: memory[..<read]))
    }
  }

  private static let sampledWhole = 1 << 18
  private static let sampleCount = 64
  private static let sampleSize = 1 << 12
}
