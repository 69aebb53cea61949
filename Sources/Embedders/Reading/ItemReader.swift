import Foundation
import TesseraImages
import TesseraModels
import TesseraTensors

/// Turns a text into ids and a picture into pixels, as the model wants them.
package struct ItemReader: Sendable {
  package let format: any InputFormat
  /// How an item with both is read: the model's way, or the caller's.
  package let fusion: Fusion
  private let recipe: PixelRecipe?
  private let pages: PageFormat?
  private let imageLimits: ImageLimits
  private var pixelReading: PixelReading
  /// Nil for a model that reads no texts.
  private let pendingTexts: Background<TextReader>?
  private let folder: URL

  /// Begins to read the vocabulary, which takes a while if it is large; pictures need none.
  package init(
    _ folder: ModelFiles, _ family: any ModelFamily, _ options: Embedder.Options
  ) throws {
    let format = family.format
    self.format = format
    if options.fusion == .sum {
      guard let fusion = format.fusion.summing else { throw EmbedderError.sumNotSupported }
      self.fusion = fusion
    } else {
      fusion = format.fusion
    }
    recipe = family.pixels
    pages = family.pages
    imageLimits = ImageLimits(maximumPixelCount: options.maximumPixels)
    pixelReading = options.pixels
    pendingTexts =
      fusion.readsTexts ? Background { try TextReader(folder, family, options) } : nil
    self.folder = folder.folder
  }

  /// The same with another way of reading pictures.
  func reading(pixels: PixelReading) -> ItemReader {
    var other = self
    other.pixelReading = pixels
    return other
  }

  /// Waits until the vocabulary is read.
  ///
  /// - Throws: what is wrong with it, or with the limits.
  ///   Nil for a model that reads no texts.
  package func texts() throws(EmbedderError) -> TextReader? {
    try EmbedderError.reading(folder) { try pendingTexts?.get() }
  }

  /// - Throws: what `texts` throws; `EmbedderError.textsNotSupported`.
  func requiredTexts() throws(EmbedderError) -> TextReader {
    guard let texts = try texts() else { throw .textsNotSupported }
    return texts
  }

  /// The item's picture as the model reads it, [3, S, S] or the tiles of a page; nil if it has none.
  func picture(of item: Item) throws(EmbedderError) -> ModelInput.Picture? {
    guard item.text != nil || item.image != nil else { throw .emptyItem }
    if !fusion.readsTexts, item.text != nil { throw .textsNotSupported }
    guard let image = item.image else { return nil }
    if item.text != nil {
      switch fusion {
      case .separateTowers: throw .pairsNotSupported
      case .pages: throw .textBesidePage
      default: break
      }
    }
    if let pages {
      return .page(try reading(image) { try pages.page($0) })
    }
    guard let recipe else { throw .imagesNotSupported }
    let pixels = try croppedPixels(image)
    return .pixels(Tensor(recipe.normalization(pixels), shape: [3, pixels.height, pixels.width]))
  }

  /// The item's picture, [3, S, S]; nil if it has none, or is a page.
  package func pixels(of item: Item) throws(EmbedderError) -> Tensor? {
    guard case .pixels(let pixels) = try picture(of: item) else { return nil }
    return pixels
  }

  /// An item by itself, its picture as pixels.
  package func input(of item: Item) throws(EmbedderError) -> PreparedItem {
    try input(of: item, beside: picture(of: item), texts())
  }

  /// - Parameter picture: the item's.
  func input(
    of item: Item, beside picture: ModelInput.Picture?, _ texts: TextReader?
  ) throws(EmbedderError) -> PreparedItem {
    if case .page(let page) = picture {
      guard let texts else { throw .textsNotSupported }
      return try prepared(texts.read(page), beside: nil)
    }
    guard let text = text(of: item) else {
      return PreparedItem(
        input: ModelInput(ids: [], picture: picture), tokenCount: tokenCount(of: picture),
        truncation: nil, unknownWords: nil)
    }
    guard let texts else { throw .textsNotSupported }
    let read = try texts.read(text, item.prompt, beside: picture)
    guard !read.input.ids.isEmpty || !texts.addsSpecialTokens else { throw .noTokens }
    return try prepared(read, beside: picture)
  }

  /// - Parameter picture: one whose tokens are not among the ids.
  private func prepared(
    _ read: TextReader.ReadText, beside picture: ModelInput.Picture?
  ) throws(EmbedderError) -> PreparedItem {
    let (encoding, ids) = (read.encoding, read.input.ids)
    let vocabularySize = format.vocabularySize
    if let id = ids.first(where: { $0 >= vocabularySize }) {
      throw .tokenOutsideVocabulary(id: id, vocabularySize: vocabularySize)
    }
    return PreparedItem(
      input: read.input,
      tokenCount: ids.count + tokenCount(of: picture),
      truncation: encoding.isTruncated
        ? .init(kept: encoding.ids.count, total: encoding.totalCount) : nil,
      unknownWords: encoding.unknownText.count > 0
        ? .init(count: encoding.unknownText.count, examples: encoding.unknownText.examples) : nil)
  }

  private func tokenCount(of picture: ModelInput.Picture?) -> Int {
    guard let picture else { return 0 }
    return format.patchGrid(of: ModelInput(ids: [], picture: picture)).map { $0.rows * $0.columns }
      ?? fusion.imageTokens
  }

  /// The text that is read: a picture by itself is read with none where it shares the sequence, and
  /// not at all where it has a tower of its own.
  package func text(of item: Item) -> String? {
    if let text = item.text { return text }
    if case .oneSequence = fusion { return "" }
    return nil
  }

  /// Resized and cropped, but not normalised; of a page, the tile that shows all of it.
  package func croppedPixels(_ image: ImageSource) throws(EmbedderError) -> Pixels {
    if let whole = try pages.flatMap({ pages throws(EmbedderError) in
      try reading(image) { try pages.recipe($0) }.tiles.last
    }) {
      return whole
    }
    guard let recipe else { throw .imagesNotSupported }
    return try reading(image) { recipe($0) }
  }

  private func reading<Value>(
    _ image: ImageSource, _ body: (Raster) throws -> Value
  ) throws(EmbedderError) -> Value {
    do {
      return try body(Raster(image, limits: imageLimits).read(as: pixelReading))
    } catch {
      throw .unusableImage(reason: "\(error)")
    }
  }
}

extension Raster {
  init(_ image: ImageSource, limits: ImageLimits) throws {
    switch image {
    case .file(let url): try self.init(contentsOf: url.path, limits: limits)
    case .data(let data, let name):
      self = try data.withUnsafeBytes { try Raster(decoding: $0, file: name, limits: limits) }
    }
  }
}
