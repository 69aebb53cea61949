import Foundation
import TesseraCheckpoints
import TesseraTensors

/// A BERT folder as sentence-transformers writes it, made of the text encoder of visual-tiny-en:
/// PyTorch's answers for that are this folder's too.
package struct SentenceEncoderFolder {
  package var modules: [String]
  /// Where the transformer's files are: "" or, in older models, a folder of their own.
  package var transformerPath = ""
  package var poolingConfig: [String: Any]
  /// Further files, by name, in the root.
  package var files: [String: String] = [:]
  /// What `config.json` says otherwise than the golden's.
  package var config: [String: Any] = [:]
  /// Tensors as `model.safetensors`, or in this many shards with their index.
  package var shardCount = 1
  /// What `tokenizer.json` says otherwise than the golden's.
  package var tokenizer: [String: Any] = [:]
  /// A tensor of which every element is this value.
  package var damage: (name: String, value: Float)?

  package init(
    modules: [String] = ["Transformer", "Pooling", "Normalize"],
    poolingConfig: [String: Any] = ["pooling_mode_cls_token": true], config: [String: Any] = [:]
  ) {
    self.config = config
    self.modules = modules
    self.poolingConfig = poolingConfig
  }

  package func write() throws -> TemporaryFolder {
    let result = try TemporaryFolder()
    let transformer = result.url.appending(path: transformerPath)
    try FileManager.default.createDirectory(at: transformer, withIntermediateDirectories: true)
    try writeModules(to: result.url)
    for (name, text) in files { try Data(text.utf8).write(to: result.url.appending(path: name)) }
    try writeConfig(to: transformer)
    try writeTensors(to: transformer)
    return result
  }

  private func writeModules(to folder: URL) throws {
    let entries = modules.enumerated().map { i, kind in
      [
        "path": kind == "Transformer" ? transformerPath : "\(i)_\(kind)",
        "type": "sentence_transformers.models.\(kind)",
      ]
    }
    try json(entries, to: folder.appending(path: "modules.json"))
    for (i, kind) in modules.enumerated() where kind == "Pooling" {
      let place = folder.appending(path: "\(i)_Pooling")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try json(poolingConfig, to: place.appending(path: "config.json"))
    }
  }

  private func writeConfig(to folder: URL) throws {
    let golden = Goldens.url("visual-tiny-en")
    for (name, changes) in [("config.json", config), ("tokenizer.json", tokenizer)] {
      let data = try Data(contentsOf: golden.appending(path: name))
      let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
      try json(object.merging(changes) { $1 }, to: folder.appending(path: name))
    }
  }

  private func writeTensors(to folder: URL) throws {
    let checkpoint = try Checkpoint.open(ConvertedModels.visualTinyEnglish.get())
    let sources = checkpoint.names.filter { $0.hasPrefix("bge_") }.sorted()
    var weightMap: [String: String] = [:]
    for shard in 0..<shardCount {
      let names = sources.indices.filter { $0 % shardCount == shard }.map { sources[$0] }
      var tensors = Dictionary(
        uniqueKeysWithValues: names.compactMap { name in
          checkpoint[name].map { (String(name.dropFirst("bge_".count)), $0) }
        })
      if let damage, let tensor = tensors[damage.name] {
        tensors[damage.name] = StoredTensor(
          [Float](repeating: damage.value, count: tensor.elementCount), shape: tensor.shape)
      }
      let file = shardCount == 1 ? "model.safetensors" : "model-\(shard).safetensors"
      let writer = try SafetensorsWriter(
        tensors.compactMap { TensorInfo(name: $0, dtype: $1.dtype, shape: $1.shape) })
      try writer.write(to: folder.appending(path: file).path) {
        tensors[$0.name] ?? StoredTensor([], shape: [0])
      }
      for name in tensors.keys { weightMap[name] = file }
    }
    if shardCount > 1 {
      try json(
        ["metadata": [:], "weight_map": weightMap],
        to: folder.appending(path: "model.safetensors.index.json"))
    }
  }

  private func json(_ value: Any, to file: URL) throws {
    try JSONSerialization.data(withJSONObject: value).write(to: file)
  }
}
