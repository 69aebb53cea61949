import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraTensors

/// One conversion, from its source to a complete model folder.
package struct Conversion {
  private let source: String
  private let textModel: String?
  private let quantization: Quantization?
  private let target: String

  /// - Throws: `ConversionError` where the output would replace or enter what it is made from.
  package init(
    source: String, textModel: String?, quantization: Quantization?, target: String
  ) throws {
    self.source = source
    self.textModel = textModel
    self.quantization = quantization
    let url = URL(filePath: target).absoluteURL.standardizedFileURL
    self.target = url.path
    for input in [source, textModel].compactMap({ $0 }) {
      let input = Self.resolved(input)
      let output = Self.resolved(url.deletingLastPathComponent().path) + "/" + url.lastPathComponent
      let isInside = input == Self.resolved(source) && output.hasPrefix(input + "/")
      guard output != input, !input.hasPrefix(output + "/"), !isInside else {
        throw ConversionError.targetTouchesSource(target: target, source: input)
      }
    }
  }

  /// Converts; `force` replaces an existing model folder.
  /// - Returns: the path of the folder.
  package func run(force: Bool, isQuiet: Bool) throws -> String {
    let folder = try AtomicFolder(model: target, replaces: force)
    let plan = try plan()
    guard quantization == nil || plan.hasQuantizedWeights else {
      throw ConversionError.nothingToQuantize(source)
    }
    var progress = Progress(
      tensorCount: plan.tensorCount, byteCount: plan.byteCount, isQuiet: isQuiet)
    defer { progress.clear() }
    try folder.write {
      try plan.write(to: $0) { name, count in
        progress.wrote(count, of: name)
        try Interruption.check(target: target)
      }
    } lastCheck: {
      try Interruption.check(target: target)
    }
    return target
  }

  private func plan() throws -> ModelPlan {
    guard FileManager.default.fileExists(atPath: source) else {
      throw FileError(path: source, operation: "open", code: ENOENT)
    }
    guard let textModel else {
      return try ModelFolder(path: source, quantization: quantization).plan()
    }
    guard quantization != .int4 else { throw ConversionError.notForChats(source) }
    let quantizer = quantization.map { _ in Quantizer.int8 }
    let checkpoint = try Checkpoint(path: source)
    if ImageBind.isOne(checkpoint) {
      return try ImageBind(checkpoint).plan(tokenizer: textModel, quantizer)
    }
    return try VisualizedBGE(checkpoint).plan(
      textModel: TextModel(path: textModel), quantizer)
  }

  private static func resolved(_ path: String) -> String {
    URL(filePath: path).absoluteURL.resolvingSymlinksInPath().standardizedFileURL.path
  }
}
