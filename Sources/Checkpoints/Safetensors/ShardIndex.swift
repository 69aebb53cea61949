import TesseraFiles
import TesseraJSON
import TesseraTensors

/// The index of a checkpoint in several files: which shard holds which tensor.
struct ShardIndex {
  let path: String
  /// Tensor names with the bare names of their files, in the order of the index.
  let weightMap: [(name: String, shard: String)]

  /// - Throws: `FileError` or `CheckpointError`.
  init(path: String) throws {
    let storage = try MappedFile(path)
    do {
      weightMap = try withExtendedLifetime(storage) {
        try Self.readWeightMap(storage.bytes, path)
      }
    } catch let error as JSONError {
      throw CheckpointError.index(file: path, error)
    }
    self.path = path
  }

  private static func readWeightMap(
    _ bytes: UnsafeRawBufferPointer, _ path: String
  ) throws -> [(name: String, shard: String)] {
    var map: [(name: String, shard: String)]?
    var names: Set<String> = []
    try JSONReader.read(bytes) { json in
      try json.readObject { field, json in
        guard field == "weight_map" else { return try json.skipValue() }
        guard map == nil else { throw CheckpointError.indexFieldTwice(file: path, field: field) }
        var entries: [(name: String, shard: String)] = []
        try json.readObject { name, json in
          let shard = try json.readString()
          guard isBare(shard) else {
            throw CheckpointError.shardNameNotBare(file: path, found: shard)
          }
          guard names.insert(name).inserted else {
            throw CheckpointError.indexNameTwice(file: path, name: name)
          }
          entries.append((name, shard))
        }
        map = entries
      }
    }
    guard let map else { throw CheckpointError.indexMissingWeightMap(file: path) }
    return map
  }

  private static func isBare(_ name: String) -> Bool {
    let separators: Set<UInt8> = [UInt8(ascii: "/"), UInt8(ascii: "\\"), 0]
    return !["", ".", ".."].contains(name) && !name.utf8.contains(where: separators.contains)
  }
}
