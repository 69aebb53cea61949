import Foundation
import TesseraCheckpoints
import TesseraTensors

/// A golden's folder in a place of its own, to be changed.
package struct GoldenCopy: Sendable {
  private let place: TemporaryFolder
  package var url: URL { place.url.appending(path: "model") }

  package init(of golden: String) throws { try self.init(of: Goldens.url(golden)) }

  package init(of folder: URL) throws {
    place = try TemporaryFolder()
    try FileManager.default.copyItem(at: folder, to: url)
  }

  /// The object of a JSON file.
  package func object(_ name: String) throws -> [String: Any] {
    let data = try Data(contentsOf: url.appending(path: name))
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  /// Puts keys into a JSON object's file, which need not be there.
  package func merge(_ changes: [String: Any], into name: String) throws {
    let data = try? Data(contentsOf: url.appending(path: name))
    let object = try data.flatMap {
      try JSONSerialization.jsonObject(with: $0) as? [String: Any]
    }
    try write((object ?? [:]).merging(changes) { $1 }, to: name)
  }

  /// Writes a JSON file, in a folder within this one that need not be there.
  package func write(_ value: Any, to name: String) throws {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try JSONSerialization.data(withJSONObject: value).write(to: file)
  }

  /// Writes `model.safetensors` again, with other tensors.
  package func changeTensors(
    in folder: String = "", _ change: (inout [String: StoredTensor]) throws -> Void
  ) throws {
    let folder = folder.isEmpty ? url : url.appending(path: folder)
    let file = folder.appending(path: "model.safetensors")
    let checkpoint = try Checkpoint.open(file)
    var tensors = Dictionary(
      uniqueKeysWithValues: checkpoint.names.compactMap { name in
        checkpoint[name].map { (name, $0) }
      })
    try change(&tensors)
    let changed = tensors
    let writer = try SafetensorsWriter(
      changed.compactMap { TensorInfo(name: $0, dtype: $1.dtype, shape: $1.shape) })
    let other = folder.appending(path: "changed.safetensors")
    try writer.write(to: other.path) { changed[$0.name] ?? StoredTensor([], shape: [0]) }
    try FileManager.default.removeItem(at: file)
    try FileManager.default.moveItem(at: other, to: file)
  }
}
