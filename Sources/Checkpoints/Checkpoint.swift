import Foundation
import TesseraFiles
import TesseraTensors

/// The named tensors of a model, whatever files hold them.
package struct Checkpoint: Sendable {
  /// The file or folder that was opened.
  package let path: String
  package let files: [CheckpointFile]
  /// File by file, in the order of each.
  package let tensors: [TensorInfo]
  /// The file that holds each tensor, as an index into `files`.
  private let fileIndices: [String: Int]

  /// What a model folder may hold, the preferred first.
  package static let fileNames = [
    "model.safetensors", "model.safetensors.index.json",
    "pytorch_model.bin", "pytorch_model.bin.index.json",
    "open_clip_model.safetensors", "open_clip_pytorch_model.bin",
  ]

  /// What PEFT leaves beside or in place of weights: a change of them that transformers would apply.
  private static let adapterNames = [
    "adapter_config.json", "adapter_model.safetensors", "adapter_model.bin",
  ]

  /// - Throws: `CheckpointError.adapter` where a folder has one, with or without weights beside it.
  package static func requireNoAdapter(in folder: String) throws {
    for name in adapterNames where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
      throw CheckpointError.adapter(file: "\(folder)/\(name)")
    }
  }

  /// Opens one file (safetensors, or a PyTorch checkpoint by any name) or a model folder.
  /// - Throws: `CheckpointError`, `FileError`, or what the file's own format throws.
  package static func open(_ url: URL) throws -> Checkpoint {
    try Checkpoint(path: url.path)
  }

  /// Opens a file or folder.
  package init(path: String) throws {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists && isFolder.boolValue else {
      try self.init(path: path, files: [CheckpointFile(path: path)])
      return
    }
    try Self.requireNoAdapter(in: path)
    let files = Self.fileNames.map { "\(path)/\($0)" }
    guard let found = files.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      throw CheckpointError.noWeights(folder: path, expected: Self.fileNames)
    }
    if found.hasSuffix(".index.json") {
      try self.init(path: path, index: ShardIndex(path: found))
    } else {
      try self.init(path: path, files: [CheckpointFile(path: found)])
    }
  }

  /// Opens the shards of an index, which must agree with it tensor by tensor.
  private init(path folder: String, index: ShardIndex) throws {
    var files: [CheckpointFile] = []
    for shard in Set(index.weightMap.map(\.shard)).sorted() {
      let path = "\(folder)/\(shard)"
      guard FileManager.default.fileExists(atPath: path) else {
        throw CheckpointError.shardMissing(file: index.path, shard: shard)
      }
      files.append(try CheckpointFile(path: path))
    }
    try self.init(path: folder, files: files)
    for (name, shard) in index.weightMap {
      let path = "\(folder)/\(shard)"
      guard file(of: name)?.path == path else {
        throw CheckpointError.tensorMissing(shard: path, name: name, index: index.path)
      }
    }
    let indexed = Set(index.weightMap.map(\.name))
    for tensor in tensors where !indexed.contains(tensor.name) {
      throw CheckpointError.tensorNotInIndex(
        shard: file(of: tensor.name)?.path ?? folder, name: tensor.name, index: index.path)
    }
  }

  /// Joins files, none of which may repeat a name of another.
  private init(path: String, files: [CheckpointFile]) throws {
    var fileIndices: [String: Int] = [:]
    for (index, file) in files.enumerated() {
      for tensor in file.tensors {
        if let other = fileIndices.updateValue(index, forKey: tensor.name) {
          throw CheckpointError.tensorInTwoShards(
            name: tensor.name, files[other].path, file.path)
        }
      }
    }
    self.path = path
    self.files = files
    self.fileIndices = fileIndices
    tensors = files.flatMap(\.tensors)
  }

  package var names: [String] { tensors.map(\.name) }

  /// How many layers a list has: one more than the highest number behind `prefix`; 0 for none.
  ///
  /// There cannot be more layers than tensors.
  package func layerCount(behind prefix: String) -> Int {
    let numbers = tensors.lazy.compactMap {
      $0.name.hasPrefix(prefix) ? Int($0.name.dropFirst(prefix.count).prefix { $0 != "." }) : nil
    }
    return (numbers.filter { 0..<tensors.count ~= $0 }.max() ?? -1) + 1
  }

  /// Other names of tensors, with those that they are stored under: safetensors keeps a tensor that
  /// has several names once, and the others as texts beside it.
  package var aliases: [String: String] {
    files.reduce(into: [:]) { aliases, file in aliases.merge(file.metadata) { first, _ in first } }
  }

  /// Whether linear layers have weights of four bits.
  package var hasFourBitWeights: Bool {
    files.contains { $0.metadata[FourBitLayout.key] != nil }
  }

  /// Whether a tensor is one of weights of four bits, two in a byte.
  package func hasFourBits(_ tensor: TensorInfo) -> Bool {
    tensor.dtype == .u8 && file(of: tensor.name)?.metadata[FourBitLayout.key] != nil
      && info(QuantizedNames.scale(of: tensor.name)) != nil
  }

  /// What a wrapper, such as DataParallel or torch.compile, has put before every name; or nothing.
  package var commonPrefix: String { NameResolution.commonPrefix(of: names) }

  /// Dtype and shape, without reading or copying elements.
  package func info(_ name: String) -> TensorInfo? { file(of: name)?.info(name) }

  /// The file that holds a tensor.
  package func file(of name: String) -> CheckpointFile? { fileIndices[name].map { files[$0] } }

  /// The tensor as a view of its file; nil where there is none of this name.
  package subscript(name: String) -> StoredTensor? { file(of: name)?[name] }
}
