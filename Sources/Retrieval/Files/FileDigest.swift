import TesseraFiles
import TesseraTensors

/// Hashes of files.
package enum FileDigest {
  /// Of all its bytes.
  ///
  /// - Throws: `FileError`.
  package static func whole(_ path: String) throws -> String {
    let storage = try MappedFile(path)
    return withExtendedLifetime(storage) {
      var hash = SHA256()
      // Passing over a long file must not fill the memory.
      for start in stride(from: 0, to: storage.bytes.count, by: step) {
        let range = start..<min(start + step, storage.bytes.count)
        hash.update(UnsafeRawBufferPointer(rebasing: storage.bytes[range]))
        storage.releasePages(range)
      }
      return hash.hexadecimal()
    }
  }

  /// Adds a file's size and content; of a long one its beginning and blocks spread over it.
  ///
  /// Another training changes every tensor: hashing gigabytes of weights before every query would
  /// find nothing that this does not.
  /// - Throws: `FileError`.
  package static func addSamples(of path: String, to hash: inout SHA256) throws {
    let storage = try MappedFile(path)
    withExtendedLifetime(storage) {
      let bytes = storage.bytes
      hash.update("\(bytes.count)\n")
      guard bytes.count > sampledWhole else { return hash.update(bytes) }
      hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<(sampledWhole / 4)]))
      for sample in 1...sampleCount {
        let start = (bytes.count - sampleSize) / sampleCount * sample
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[start..<start + sampleSize]))
      }
    }
  }

  private static let step = 1 << 24
  private static let sampledWhole = 1 << 18
  private static let sampleCount = 64
  private static let sampleSize = 1 << 12
}
