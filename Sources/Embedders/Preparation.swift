import Foundation
import TesseraImages
import TesseraModels
import TesseraTensors

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
  private let recipe: PixelRecipe?
  private let imageLimits: ImageLimits
  private let pixelReading: PixelReading
  /// A large vocabulary takes a while to read; pictures need none.
  private let pendingTexts: Background<TextPreparation>
  private let folder: URL

  init(_ description: ModelDescription, _ options: Embedder.Options) throws {
    inputFormat = description.kind.inputFormat
    recipe = try description.recipe()
    imageLimits = ImageLimits(maximumPixelCount: options.maximumPixels)
    pixelReading = options.pixels
    pendingTexts = Background {
      try TextPreparation(description, maxLength: options.maxLength)
    }
    folder = description.folder
  }

  /// Waits until the vocabulary is read.
  ///
  /// - Throws: what is wrong with it, or with the limits.
  func texts() throws(EmbedderError) -> TextPreparation {
    try EmbedderError.reading(folder) { try pendingTexts.get() }
  }

  func prepare(_ item: Item) -> Result<PreparedItem, EmbedderError> {
    Result { () throws(EmbedderError) in
      let pixels = try pixels(of: item)
      return try prepare(item, beside: pixels.map(ModelInput.Picture.pixels), texts())
    }
  }

  /// The item's picture as the model reads it, [3, S, S]; nil if it has none.
  func pixels(of item: Item) throws(EmbedderError) -> Tensor? {
    guard item.text != nil || item.image != nil else { throw .emptyItem }
    guard let image = item.image else { return nil }
    if case .separateTowers = inputFormat.fusion, item.text != nil { throw .pairsNotSupported }
    guard let recipe else { throw .imagesNotSupported }
    let pixels = try croppedPixels(image)
    return Tensor(recipe.normalization(pixels), shape: [3, pixels.height, pixels.width])
  }

  /// - Parameter picture: the item's.
  func prepare(
    _ item: Item, beside picture: ModelInput.Picture?, _ texts: TextPreparation
  ) throws(EmbedderError) -> PreparedItem {
    guard let text = text(of: item) else {
      return PreparedItem(
        input: ModelInput(ids: [], picture: picture), tokenCount: inputFormat.fusion.imageTokens,
        truncation: nil, unknownWords: nil)
    }
    let encoding = texts.encode(text, besideImage: picture != nil)
    let ids = encoding.ids
    guard !ids.isEmpty else { throw .noTokens }
    let vocabularySize = inputFormat.vocabularySize
    if let id = ids.first(where: { $0 >= vocabularySize }) {
      throw .tokenOutsideVocabulary(id: id, vocabularySize: vocabularySize)
    }
    return PreparedItem(
      input: ModelInput(ids: ids, picture: picture),
      tokenCount: ids.count + (picture == nil ? 0 : inputFormat.fusion.imageTokens),
      truncation: encoding.totalCount > ids.count
        ? .init(kept: ids.count, total: encoding.totalCount) : nil,
      unknownWords: encoding.unknownText.count > 0
        ? .init(count: encoding.unknownText.count, examples: encoding.unknownText.examples) : nil)
  }

  /// The item's text, word by word, as `prepare` reads it; nil where no text is read.
  func textReading(of item: Item) throws(EmbedderError) -> TextReading? {
    guard let text = text(of: item) else { return nil }
    return try texts().reading(of: text, besideImage: item.image != nil)
  }

  /// The text that is read: a picture by itself is read with none where it shares the sequence, and
  /// not at all where it has a tower of its own.
  private func text(of item: Item) -> String? {
    if let text = item.text { return text }
    if case .oneSequence = inputFormat.fusion { return "" }
    return nil
  }

  /// Resized and cropped, but not normalised.
  func croppedPixels(_ image: ImageSource) throws(EmbedderError) -> Pixels {
    guard let recipe else { throw .imagesNotSupported }
    do {
      return recipe(try Raster(image, limits: imageLimits).read(as: pixelReading))
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
