import Foundation

/// Answers questions about pictures in a few words.
///
/// ```swift
/// let answerer = try VisualQuestionAnswerer(modelFolder: URL(filePath: "models/blip-vqa-base"))
/// print(try answerer.answer("what colour is the car?", about: .file(photo)).text)
/// ```
///
/// A question gets the same answer, whatever else is asked with it: the tokens are those of
/// transformers' `generate`. An answerer never changes and may be used from several tasks at once.
public struct VisualQuestionAnswerer: Sendable {
  package let writer: PictureWriter

  /// Loads a folder in Hugging Face's layout: BLIP's models for visual questions.
  ///
  /// What `generation_config.json` says of lengths, beams and penalties is the default; a setting that
  /// would change the text and is not known here is refused by its name.
  /// - Precondition: options that are given are positive, and beams no more than the maximum.
  /// - Throws: `EmbedderError.unusableModel`, naming the file and what is wrong with it, or what the
  ///   model does instead; `EmbedderError.precisionNotSupported`.
  public init(modelFolder: URL, options: WritingOptions = WritingOptions()) throws {
    writer = try PictureWriter(modelFolder: modelFolder, .answer, options)
  }

  /// Whether a folder is one of a model that answers questions; its weights are not looked at.
  public static func canLoad(_ modelFolder: URL) -> Bool {
    PictureWriter.canLoad(modelFolder, .answer)
  }

  /// The arithmetic in use.
  public var precision: Precision { writer.precision }

  /// What a user should know of how the model's files were read.
  public var notes: [String] { writer.notes }

  /// Questions that are answered together; more take no longer one by one than at once.
  public static var questionsAtOnce: Int { PictureWriter.requestsAtOnce }

  /// Answers one question.
  ///
  /// - Throws: `EmbedderError`; `CancellationError` if the surrounding task was cancelled.
  public func answer(_ question: String, about image: ImageSource) throws -> WrittenText {
    try answers(to: [(question, image)])[0].get()
  }

  /// Answers questions, each about a picture; results are in the order of the questions. Neighbours
  /// that ask about the same file read it once.
  ///
  /// A question that fails does not stop the others: its result says why.
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  public func answers(
    to questions: [(question: String, image: ImageSource)]
  ) throws -> [Result<WrittenText, EmbedderError>] {
    try writer.write(questions.map { .init(image: $0.image, text: $0.question) })
  }
}
