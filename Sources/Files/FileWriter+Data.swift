import Foundation

extension FileWriter {
  /// Writes a whole file.
  ///
  /// Unlike Foundation's, the error is one line that names the file.
  /// - Throws: `FileError`.
  package static func write(_ data: Data, to path: String) throws {
    let file = try FileWriter(creating: path)
    try data.withUnsafeBytes { try file.write($0) }
  }
}
