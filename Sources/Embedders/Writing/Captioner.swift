import Foundation

/// Says in words what is on a picture.
///
/// ```swift
/// let captioner = try Captioner(modelFolder: URL(filePath: "models/blip-image-captioning-base"))
/// print(try captioner.caption(.file(photo)).text)
/// print(try captioner.caption(.file(photo), prompt: "a photo of").text)
/// ```
///
/// The same picture gets the same caption, whatever else is captioned with it: the tokens are those
/// of transformers' `generate`, greedily or with beams. A captioner never changes and may be used
/// from several tasks at once.
public struct Captioner: Sendable {
  package let writer: PictureWriter

  /// Loads a folder in Hugging Face's layout: BLIP's captioning models.
  ///
  /// What `generation_config.json` says of lengths, beams and penalties is the default; a setting that
  /// would change the text and is not known here is refused by its name.
  /// - Precondition: options that are given are positive, and beams no more than the maximum.
  /// - Throws: `EmbedderError.unusableModel`, naming the file and what is wrong with it, or what the
  ///   model does instead; `EmbedderError.precisionNotSupported`.
  public init(modelFolder: URL, options: WritingOptions = WritingOptions()) throws {
    writer = try PictureWriter(modelFolder: modelFolder, .caption, options)
  }

  /// Whether a folder is one of a model that writes captions; its weights are not looked at.
  public static func canLoad(_ modelFolder: URL) -> Bool {
    PictureWriter.canLoad(modelFolder, .caption)
  }

  /// The arithmetic in use.
  public var precision: Precision { writer.precision }

  /// What a user should know of how the model's files were read.
  public var notes: [String] { writer.notes }

  /// Captions that are written together; more take no longer one by one than at once.
  public static var picturesAtOnce: Int { PictureWriter.requestsAtOnce }

  /// Writes one caption.
  ///
  /// - Parameter prompt: what the caption begins with; it is read as the model reads text, such as in
  ///   lower case.
  /// - Throws: `EmbedderError`; `CancellationError` if the surrounding task was cancelled.
  public func caption(_ image: ImageSource, prompt: String = "") throws -> WrittenText {
    try captions(of: [(image, prompt)])[0].get()
  }

  /// Writes captions; results are in the order of the pictures.
  ///
  /// A picture that fails does not stop the others: its result says why.
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  public func captions(
    of pictures: [(image: ImageSource, prompt: String)]
  ) throws -> [Result<WrittenText, EmbedderError>] {
    try writer.write(pictures.map { .init(image: $0.image, text: $0.prompt) })
  }
}
