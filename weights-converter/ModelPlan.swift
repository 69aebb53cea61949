import Checkpoints
import Foundation
import Tensors

/// Everything that a model folder will hold, known and checked before anything is written.
struct ModelPlan {
  private(set) var weights: [WeightsPlan] = []
  /// Files made here, by path within the folder.
  private(set) var documents: [(path: String, text: String)] = []
  /// Files taken over unchanged.
  private(set) var copies: [(source: String, path: String)] = []

  mutating func add(_ plan: WeightsPlan) { weights.append(plan) }

  mutating func add(_ path: String, text: String) { documents.append((path, text)) }

  mutating func copy(_ source: String, to path: String) { copies.append((source, path)) }

  var tensorCount: Int { weights.reduce(0) { $0 + $1.writer.tensors.count } }
  var byteCount: Int { weights.reduce(0) { $0 + $1.writer.byteCount } }

  /// Writes everything into `folder` and flushes each file.
  ///
  /// - Parameters:
  ///   - folder: an existing, empty folder.
  ///   - progress: told a tensor's name and the bytes just written; may throw to stop.
  /// - Throws: `FileError`, or what `progress` throws.
  func write(to folder: String, progress: (String, Int) throws -> Void) throws {
    for (path, text) in documents {
      let file = try FileWriter(creating: prepare(path, in: folder))
      try file.write(text)
      try file.synchronize()
    }
    for (source, path) in copies {
      let bytes = try TensorStorage.map(source)
      let file = try FileWriter(creating: prepare(path, in: folder))
      try withExtendedLifetime(bytes) { try file.write(bytes.bytes) }
      try file.synchronize()
    }
    for plan in weights {
      try plan.write(to: prepare(plan.path, in: folder), progress: progress)
    }
  }

  /// The full path of a file, whose folder is made where needed.
  private func prepare(_ path: String, in folder: String) throws -> String {
    let full = "\(folder)/\(path)"
    try FileManager.default.createDirectory(
      atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    return full
  }
}

/// One safetensors file to be written, its tensors drawn from one or more checkpoints.
struct WeightsPlan {
  /// Within the model folder.
  let path: String
  let writer: SafetensorsWriter
  private let sources: [String: Source]

  struct Source {
    let checkpoint: Checkpoint
    /// Put before each of the checkpoint's names.
    let prefix: String
  }

  /// - Throws: `ConversionError.nameTwice`, or what the writer refuses.
  init(path: String, _ checkpoints: [Source]) throws {
    var tensors: [TensorInfo] = []
    var sources: [String: Source] = [:]
    for source in checkpoints {
      for tensor in source.checkpoint.tensors {
        let name = source.prefix + tensor.name
        guard sources.updateValue(source, forKey: name) == nil else {
          throw ConversionError.nameTwice(name, file: source.checkpoint.path)
        }
        // The size has been checked under the old name.
        if let info = TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape) {
          tensors.append(info)
        }
      }
    }
    self.path = path
    self.sources = sources
    // transformers loads a file only where its metadata names a framework.
    writer = try SafetensorsWriter(tensors, metadata: ["format": "pt"])
  }

  func write(to file: String, progress: (String, Int) throws -> Void) throws {
    try writer.write(to: file) { info in
      guard let source = sources[info.name],
        let tensor = source.checkpoint[String(info.name.dropFirst(source.prefix.count))]
      else { preconditionFailure("\(info.name) was planned without a source") }
      return tensor
    } progress: { info, count in
      try progress(info.name, count)
    }
  }
}
