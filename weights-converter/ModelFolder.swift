import Foundation
import TesseraCheckpoints
import TesseraModels

/// A model folder, as Hugging Face lays it out.
///
/// Tensor names and dtypes stay as they are, unless weights are quantized. Heads that a family keeps
/// in files of their own join the model's weights under their file's name.
struct ModelFolder {
  let path: String
  let quantization: Quantization?

  private static let heads = Families.all.flatMap { $0.headFiles }
  /// Files that describe a model; weights of any kind are not among them.
  private static let copiedEndings: Set<String> = [
    "json", "txt", "model", "md", "jinja", "spm", "vocab",
  ]
  private static let copiedNames: Set<String> = ["LICENSE", "NOTICE", "artifact.metadata"]
  /// Exports for other runtimes.
  private static let skippedFolders: Set<String> = ["onnx", "openvino", "coreml"]
  /// A multilingual `tokenizer.json` has 17 MB; nothing that describes a model is this large.
  private static let maximumCopiedBytes = 100_000_000
  private static let maximumDepth = 3

  /// - Throws: `ConversionError`, or what the checkpoint's format throws.
  func plan() throws -> ModelPlan {
    guard exists("config.json") || exists("open_clip_config.json") else {
      throw ConversionError.fileMissing(folder: path, name: "config.json")
    }
    let checkpoint = try Checkpoint(path: path)
    let heads = try headSources()
    let quantizer = try quantization.map { try Quantizer($0, of: path) }
    if quantization == nil, heads.isEmpty, let file = checkpoint.files.first,
      file.path.hasSuffix(".safetensors")
    {
      throw ConversionError.nothingToConvert(
        folder: path, weights: (file.path as NSString).lastPathComponent)
    }
    var plan = ModelPlan()
    plan.add(
      try WeightsPlan(
        path: "model.safetensors", [.init(checkpoint: checkpoint, prefix: "")] + heads,
        quantizer: quantizer))
    try addContents(of: "", depth: 0, quantizer, to: &plan)
    return plan
  }

  private func headSources() throws -> [WeightsPlan.Source] {
    try Self.heads.filter { exists("\($0).pt") }.map { head in
      let checkpoint = try Checkpoint(path: "\(path)/\(head).pt")
      guard Set(checkpoint.names) == ["weight", "bias"] else {
        throw ConversionError.head(file: checkpoint.path, names: checkpoint.names)
      }
      return .init(checkpoint: checkpoint, prefix: head + ".")
    }
  }

  /// Adds the small files of a subfolder, and its weights: sentence-transformers keeps a dense
  /// layer in a folder of its own.
  private func addContents(
    of subfolder: String, depth: Int, _ quantizer: Quantizer?, to plan: inout ModelPlan
  ) throws {
    let folder = subfolder.isEmpty ? path : "\(path)/\(subfolder)"
    if !subfolder.isEmpty, Checkpoint.fileNames.contains(where: { exists("\(subfolder)/\($0)") }) {
      plan.add(
        try WeightsPlan(
          path: "\(subfolder)/model.safetensors",
          [.init(checkpoint: Checkpoint(path: folder), prefix: "")],
          quantizer: quantizer))
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    where !name.hasPrefix(".") {
      let relative = subfolder.isEmpty ? name : "\(subfolder)/\(name)"
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: "\(path)/\(relative)", isDirectory: &isFolder)
      else { continue }
      if isFolder.boolValue {
        guard depth < Self.maximumDepth, !Self.skippedFolders.contains(name) else { continue }
        try addContents(of: relative, depth: depth + 1, quantizer, to: &plan)
      } else if try isCopied(relative) {
        plan.copy("\(path)/\(relative)", to: relative)
      }
    }
  }

  private func isCopied(_ relative: String) throws -> Bool {
    let name = (relative as NSString).lastPathComponent
    guard !Checkpoint.fileNames.contains(name) else { return false }
    guard
      Self.copiedEndings.contains((name as NSString).pathExtension.lowercased())
        || Self.copiedNames.contains(name)
    else { return false }
    // The link's target counts: the Hugging Face cache consists of links.
    let file = URL(filePath: "\(path)/\(relative)").resolvingSymlinksInPath()
    let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
    return (attributes[.size] as? NSNumber)?.intValue ?? .max <= Self.maximumCopiedBytes
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/\(name)")
  }
}
