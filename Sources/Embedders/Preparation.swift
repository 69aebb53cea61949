import Foundation
import Images
import Models
import Tensors
import Tokenizers

/// An item ready for the model.
struct PreparedItem: Sendable {
  let input: ModelInput
  let tokenCount: Int
  let truncation: Embedding.Truncation?
  let unknownWords: Embedding.UnknownWords?

  /// - Throws: `EmbedderError.notFinite`.
  func embedding(_ output: ModelOutput) throws(EmbedderError) -> Embedding {
    let embedding = uncheckedEmbedding(output)
    guard embedding.isFinite else { throw .notFinite }
    return embedding
  }

  /// Whatever the model gave, even if it is NaN.
  func uncheckedEmbedding(_ output: ModelOutput) -> Embedding {
    let colbertVectors = output.tokenVectors.map { vectors in
      (0..<vectors.rowCount).map { vectors.row($0).elements }
    }
    return Embedding(
      vector: output.vector?.elements ?? [], lexicalWeights: output.lexicalWeights,
      colbertVectors: colbertVectors,
      tokenCount: tokenCount, truncation: truncation, unknownWords: unknownWords)
  }
}

extension Embedding {
  /// Whether every number of the vectors is one.
  ///
  /// Only a traced run hands out others, so that one can see where they begin.
  public var isFinite: Bool {
    vector.allSatisfy(\.isFinite) && lexicalWeights?.values.allSatisfy(\.isFinite) ?? true
      && colbertVectors?.allSatisfy { $0.allSatisfy(\.isFinite) } ?? true
  }
}

/// Turns a text into ids and a picture into pixels, as the model wants them.
struct Preparation: Sendable {
  let inputFormat: any InputFormat
  let tokenizer: Tokenizer
  private let recipe: PixelRecipe?
  private let textRules: TextRules
  private let limitAlone: Int
  private let limitBesideImage: Int
  private let imageLimits: ImageLimits

  init(_ description: ModelDescription, _ options: Embedder.Options) throws {
    let inputFormat = description.kind.inputFormat
    let tokenizer = try description.tokenizer()
    let textRules = try description.textRules(tokenizer)
    let minimum = max(1, tokenizer.specialTokenCount)
    func limit(besideImage: Bool) throws -> Int {
      let own = inputFormat.maximumTextTokens(besideImage: besideImage)
      let limit = [own, textRules.maximumTokens, options.maxLength].compactMap { $0 }.min()
      guard let limit, limit >= minimum else {
        throw EmbedderError.limitTooLow(limit: limit ?? own, minimum: minimum)
      }
      return limit
    }
    limitAlone = try limit(besideImage: false)
    limitBesideImage = inputFormat.imageSize == nil ? limitAlone : try limit(besideImage: true)
    self.inputFormat = inputFormat
    self.tokenizer = tokenizer
    self.textRules = textRules
    recipe = try description.recipe()
    imageLimits = ImageLimits(maximumPixelCount: options.maximumPixels)
  }

  func prepare(_ item: Item) -> Result<PreparedItem, EmbedderError> {
    Result { () throws(EmbedderError) in
      guard item.text != nil || item.image != nil else { throw .emptyItem }
      let fusion = inputFormat.fusion
      if case .separateTowers = fusion, item.text != nil, item.image != nil {
        throw .pairsNotSupported
      }
      let pixels = try item.image.map { (image) throws(EmbedderError) in try self.pixels(image) }
      guard let text = item.text ?? textOfPicture else {
        return PreparedItem(
          input: ModelInput(ids: [], pixels: pixels), tokenCount: fusion.imageTokens,
          truncation: nil, unknownWords: nil)
      }
      let encoding = tokenizer.encode(
        textRules.applied(to: text), maxLength: pixels == nil ? limitAlone : limitBesideImage)
      let ids = encoding.ids
      guard !ids.isEmpty else { throw .noTokens }
      let vocabularySize = inputFormat.vocabularySize
      if let id = ids.first(where: { $0 >= vocabularySize }) {
        throw .tokenOutsideVocabulary(id: id, vocabularySize: vocabularySize)
      }
      return PreparedItem(
        input: ModelInput(ids: ids, pixels: pixels),
        tokenCount: ids.count + (pixels == nil ? 0 : fusion.imageTokens),
        truncation: encoding.totalCount > ids.count
          ? .init(kept: ids.count, total: encoding.totalCount) : nil,
        unknownWords: encoding.unknownText.count > 0
          ? .init(count: encoding.unknownText.count, examples: encoding.unknownText.examples) : nil)
    }
  }

  /// The item's text, word by word, as `prepare` reads it; nil where no text is read.
  func textReading(of item: Item) -> TextReading? {
    (item.text ?? textOfPicture).map {
      TextReading(
        textRules.applied(to: $0), limit: item.image == nil ? limitAlone : limitBesideImage,
        tokenizer)
    }
  }

  /// The text with which a picture by itself is read: none where it has a tower of its own.
  private var textOfPicture: String? {
    if case .oneSequence = inputFormat.fusion { "" } else { nil }
  }

  /// A picture as the model reads it: [3, S, S].
  private func pixels(_ image: ImageSource) throws(EmbedderError) -> Tensor {
    guard let recipe else { throw .imagesNotSupported }
    let pixels = try croppedPixels(image)
    return Tensor(recipe.normalization(pixels), shape: [3, pixels.height, pixels.width])
  }

  /// Resized and cropped, but not normalised.
  func croppedPixels(_ image: ImageSource) throws(EmbedderError) -> Pixels {
    guard let recipe else { throw .imagesNotSupported }
    do {
      return recipe(try Raster(image, limits: imageLimits))
    } catch {
      throw .unusableImage(reason: "\(error)")
    }
  }
}

extension Raster {
  fileprivate init(_ image: ImageSource, limits: ImageLimits) throws {
    switch image {
    case .file(let url): try self.init(contentsOf: url.path, limits: limits)
    case .data(let data, let name):
      self = try data.withUnsafeBytes { try Raster(decoding: $0, file: name, limits: limits) }
    }
  }
}
