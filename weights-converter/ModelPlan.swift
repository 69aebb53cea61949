import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraTensors

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
  var hasQuantizedWeights: Bool { weights.contains(where: \.hasQuantizedWeights) }
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
      let bytes = try MappedFile(source)
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
  let hasQuantizedWeights: Bool
  private let origins: [String: Origin]

  struct Source {
    let checkpoint: Checkpoint
    /// Put before each of the checkpoint's names.
    let prefix: String
  }

  /// Where a tensor of the file comes from.
  private struct Origin {
    let checkpoint: Checkpoint
    let name: String
    let part: Quantizer.Part

    var file: String { checkpoint.file(of: name)?.path ?? checkpoint.path }
  }

  /// - Throws: `ConversionError`, or what the writer refuses.
  init(path: String, _ sources: [Source], quantizer: Quantizer?) throws {
    var tensors: [TensorInfo] = []
    var origins: [String: Origin] = [:]
    for source in sources {
      for tensor in source.checkpoint.tensors {
        let parts = try quantizer?.parts(of: tensor, file: source.checkpoint.path) ?? [.whole]
        for part in parts {
          // The size has been checked under the old name, and those bytes exist.
          guard let info = part.info(of: tensor, prefix: source.prefix) else { continue }
          let origin = Origin(checkpoint: source.checkpoint, name: tensor.name, part: part)
          guard origins.updateValue(origin, forKey: info.name) == nil else {
            throw ConversionError.nameTwice(info.name, file: source.checkpoint.path)
          }
          tensors.append(info)
        }
      }
    }
    self.path = path
    self.origins = origins
    let parts = origins.values.map(\.part)
    hasQuantizedWeights = quantizer?.isDone(by: parts) ?? false
    // transformers loads a file only where its metadata names a framework, and would take bytes
    // for weights.
    let isWhole = parts.allSatisfy { $0 == .whole }
    writer = try SafetensorsWriter(
      tensors, metadata: isWhole ? ["format": "pt"] : quantizer?.metadata ?? [:])
  }

  func write(to file: String, progress: (String, Int) throws -> Void) throws {
    try writer.write(to: file) { info in
      guard let origin = origins[info.name], let tensor = origin.checkpoint[origin.name] else {
        preconditionFailure("\(info.name) was planned without a source")
      }
      return try origin.part.elements(of: tensor, named: origin.name, file: origin.file)
    } progress: { info, count in
      try progress(info.name, count)
    }
  }
}
