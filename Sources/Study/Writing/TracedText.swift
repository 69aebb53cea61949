import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraFiles
import TesseraLayers
import TesseraTensors

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
    let stages = Dictionary(self.stages.map { ($0.name, $0) }) { first, _ in first }
    let writer = try SafetensorsWriter(
      self.stages.compactMap { TensorInfo(name: $0.name, dtype: .f32, shape: $0.shape) })
    try writer.write(to: file.path) { info in
      StoredTensor(stages[info.name]?.values ?? [], shape: info.shape)
    }
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
    let wanted = patterns.map(NamePattern.init)
    let trace = Trace(where: { name in
      wanted.isEmpty || wanted.contains { $0.matches(name) }
    })
    let text = try write(request, trace: trace)
    return TracedText(text: text, stages: trace.stages.map(TracedEmbedding.Stage.init))
  }
}
