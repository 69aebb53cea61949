import Foundation
import TesseraEmbedders
import TesseraFiles
import TesseraLayers

/// A text about a picture, with every activation of reading it once more, as a whole.
public struct TracedText: Sendable {
  /// What was written.
  public let text: WrittenText
  /// Activations in the order in which they were computed: of the picture's tower, of what reads the
  /// question, and of the decoder. Row i of a decoder's stage belongs to token i, of which token i + 1
  /// was made.
  public let stages: [TracedEmbedding.Stage]

  /// Writes the stages as a safetensors file.
  ///
  /// - Throws: an error that names the file and the system's reason.
  public func save(to file: URL) throws {
    try stages.save(to: file)
  }
}

extension Captioner {
  /// Writes a caption, and keeps activations.
  ///
  /// - Parameter patterns: names of stages to keep, `*` for any characters; none for all stages.
  /// - Throws: `EmbedderError`; `CancellationError` if the surrounding task was cancelled.
  public func captionTracing(
    _ image: ImageSource, prompt: String = "", matching patterns: [String] = []
  ) throws -> TracedText {
    try writer.writeTracing(.init(image: image, text: prompt), matching: patterns)
  }
}

extension VisualQuestionAnswerer {
  /// Answers a question, and keeps activations.
  ///
  /// - Parameter patterns: names of stages to keep, `*` for any characters; none for all stages.
  /// - Throws: `EmbedderError`; `CancellationError` if the surrounding task was cancelled.
  public func answerTracing(
    _ question: String, about image: ImageSource, matching patterns: [String] = []
  ) throws -> TracedText {
    try writer.writeTracing(.init(image: image, text: question), matching: patterns)
  }
}

extension PictureWriter {
  func writeTracing(_ request: Request, matching patterns: [String]) throws -> TracedText {
    let trace = Trace(matching: patterns)
    let text = try write(request, trace: trace)
    return TracedText(text: text, stages: trace.stages.map(TracedEmbedding.Stage.init))
  }
}

extension Trace {
  /// - Parameter patterns: names of stages to keep, `*` for any characters; none for all stages.
  convenience init(matching patterns: [String], replacing hook: Hook? = nil) {
    let wanted = patterns.map(NamePattern.init)
    self.init(
      where: { name in wanted.isEmpty || wanted.contains { $0.matches(name) } }, replacing: hook)
  }
}
