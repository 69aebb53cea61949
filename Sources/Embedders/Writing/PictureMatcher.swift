import Foundation
import TesseraModels
import TesseraTensors

/// Says how well pictures and texts belong together, reading each text beside the picture: slower than
/// comparing vectors, and better, so that it puts hits of a search into order.
///
/// ```swift
/// let matcher = try PictureMatcher(modelFolder: URL(filePath: "models/blip-itm-base-coco"))
/// let match = try matcher.match("a red bus", with: [.file(photo)])[0].get()
/// print(match.probability)
/// ```
public struct PictureMatcher: Sendable {
  private let embedder: Embedder
  private let model: any MatchingModel

  /// What the model says of one picture and one text.
  public struct Match: Sendable, Equatable {
    /// Of "does not belong" and "belongs".
    public let logits: [Float]
    /// The second less the first, whose sigmoid is the probability: what hits are sorted by, as
    /// probabilities of good ones may all be 1.
    public var logit: Float { logits[1] - logits[0] }
    /// That they belong together: the softmax of the logits.
    public var probability: Float {
      Float(1 / (1 + exp(Double(logits[0]) - Double(logits[1]))))
    }
  }

  /// Loads a folder in Hugging Face's layout: BLIP's models for retrieval.
  ///
  /// - Throws: `EmbedderError`, as loading an embedder does; `EmbedderError.notAMatcher` for a model
  ///   that was not trained for it.
  public init(modelFolder: URL, options: Embedder.Options = .init()) throws {
    try self.init(try Embedder(modelFolder: modelFolder, options: options))
  }

  /// Matches with an embedder's model.
  ///
  /// - Throws: `EmbedderError.notAMatcher` for a model that was not trained for it.
  public init(_ embedder: Embedder) throws {
    guard let model = embedder.model as? any MatchingModel else { throw EmbedderError.notAMatcher }
    (self.embedder, self.model) = (embedder, model)
  }

  /// Whether a folder is one of a model that can do it; its weights are not looked at.
  public static func canLoad(_ modelFolder: URL) -> Bool {
    (try? Families.matchesPictures(ModelFiles(folder: modelFolder))) ?? false
  }

  /// What a user should know of how the model's files were read.
  public var notes: [String] { embedder.notes }

  /// Whether a model can do it.
  public static func canUse(_ embedder: Embedder) -> Bool { embedder.model is any MatchingModel }

  /// How much of a text is read beside pictures; nil for all of it.
  ///
  /// - Throws: `EmbedderError` where the text cannot be read.
  public func truncation(of text: String) throws -> Embedding.Truncation? {
    try embedder.reader.input(of: .text(text)).truncation
  }

  /// Reads a text beside each of some pictures; results are in the order of the pictures.
  ///
  /// A picture that fails does not stop the others: its result says why.
  /// - Throws: `EmbedderError` where the text cannot be read; `CancellationError` if the surrounding
  ///   task was cancelled.
  public func match(
    _ text: String, with images: [ImageSource]
  ) throws -> [Result<Match, EmbedderError>] {
    let ids = try embedder.reader.input(of: .text(text)).input.ids
    let pictureTokens = max(1, embedder.format.fusion.imageTokens)
    let size = max(1, embedder.options.batchTokens / pictureTokens)
    return try stride(from: 0, to: images.count, by: size).flatMap { start in
      try Task.checkCancellation()
      let batch = Array(images[start..<min(start + size, images.count)])
      return try match(ids, with: batch)
    }
  }

  private func match(
    _ ids: [Int], with images: [ImageSource]
  ) throws -> [Result<Match, EmbedderError>] {
    let pixels = Parallel.map(images.count) { index in
      Result { () throws(EmbedderError) in
        try embedder.reader.pixels(of: Item(image: images[index]))
      }
    }
    let pictures = try model.see(pixels.compactMap { try? $0.get() }, trace: nil)
    var logits =
      pictures.isEmpty
      ? [][...] : try model.match(pictures.map { (ids, $0) }, trace: nil).elements[...]
    return pixels.map { pixels in
      pixels.flatMap { _ in
        let own = Array(logits.prefix(2))
        logits = logits.dropFirst(2)
        return own.allSatisfy(\.isFinite) ? .success(Match(logits: own)) : .failure(.notFinite)
      }
    }
  }
}
