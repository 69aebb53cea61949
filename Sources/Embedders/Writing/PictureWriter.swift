import Foundation
import TesseraCheckpoints
import TesseraImages
import TesseraLayers
import TesseraModels
import TesseraTensors
import TesseraTokenizers

/// A model that writes about pictures, with all that it needs: what `Captioner` and
/// `VisualQuestionAnswerer` share.
package struct PictureWriter: Sendable {
  package let format: WritingFormat
  package let tokenizer: Tokenizer
  package let precision: Precision
  package let notes: [String]
  private let model: any WritingModel
  private let generator: TextGenerator
  private let options: WritingOptions
  private let cleanUp: SpaceCleanUp

  /// What is to be written about.
  package struct Request: Sendable {
    package let image: ImageSource
    /// A prompt, or a question.
    package let text: String

    package init(image: ImageSource, text: String) { (self.image, self.text) = (image, text) }
  }

  /// Requests whose texts are written together: each token that is added reads all weights once for
  /// all of them, and what the decoder looks at of each picture stays in memory.
  static let requestsAtOnce = 8

  /// Whether a folder says that it does the task.
  static func canLoad(_ modelFolder: URL, _ task: WritingTask) -> Bool {
    guard let folder = try? ModelFiles(folder: modelFolder) else { return false }
    return (try? Families.writingType(of: folder))??.task == task
  }

  /// - Parameter settings: nil for those of the folder.
  /// - Throws: `EmbedderError`.
  package init(
    modelFolder: URL, _ task: WritingTask, _ options: WritingOptions,
    settings given: GenerationSettings? = nil
  ) throws {
    precondition(
      options.beams.map { (1...WritingOptions.maximumBeams).contains($0) } ?? true
        && options.maxNewTokens.map { $0 > 0 } ?? true, "\(options)")
    self = try EmbedderError.reading(modelFolder) {
      let folder = try ModelFiles(folder: modelFolder)
      let family = try Families.family(of: folder, for: task)
      let file = try folder.config(ifPresent: "generation_config.json")
      let own = try file.map { try GenerationSettings($0) } ?? GenerationSettings()
      var settings = given ?? own
      if let beams = options.beams { settings.beams = beams }
      if let count = options.maxNewTokens { settings.maximumNewTokens = count }
      let loaded = try LoadedModel(
        folder, precision: options.precision, ignoring: type(of: family).unusedTensors,
        build: family.model)
      return PictureWriter(
        family.format, try Tokenizer(folder: folder.transformerFolder),
        try SpaceCleanUp(folder), loaded, settings, options,
        notes: own == GenerationSettings() ? [] : [Self.noteOnSettings])
    }
  }

  private static let noteOnSettings =
    "generation_config.json says how the text is chosen, and is followed; transformers' own classes"
    + " for BLIP pass it over"

  private init(
    _ format: WritingFormat, _ tokenizer: Tokenizer, _ cleanUp: SpaceCleanUp,
    _ loaded: LoadedModel<any WritingModel>, _ settings: GenerationSettings,
    _ options: WritingOptions, notes: [String]
  ) {
    self.cleanUp = cleanUp
    self.format = format
    self.tokenizer = tokenizer
    self.options = options
    model = loaded.model
    precision = loaded.precision
    self.notes = loaded.notes + tokenizer.notes + notes
    generator = TextGenerator(settings, end: format.end, positions: format.positions)
  }

  /// Writes about each item; what one gets depends on it alone.
  ///
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  package func write(_ requests: [Request]) throws -> [Result<WrittenText, EmbedderError>] {
    try stride(from: 0, to: requests.count, by: Self.requestsAtOnce).flatMap { start in
      let end = min(start + Self.requestsAtOnce, requests.count)
      return try writeTogether(Array(requests[start..<end]))
    }
  }

  /// Writes about one item, and shows the stages of reading the result once more, as a whole.
  package func write(_ request: Request, trace: Trace) throws -> WrittenText {
    let written = try writeTogether([request])[0].get()
    let ids = try ids(of: request.text)
    let pictures = try model.see([pixels(of: request.image)], trace: trace)
    // The last token is written, and not read.
    _ = try model.trace(
      written.tokenIDs.dropLast(), after: (ids, pictures[0]), trace: trace)
    try trace.requireSuccess()
    return written
  }

  private func writeTogether(
    _ requests: [Request]
  ) throws -> [Result<WrittenText, EmbedderError>] {
    let pictures = try pictures(of: requests.map(\.image))
    var results: [Result<WrittenText, EmbedderError>?] = requests.map { _ in nil }
    var usable: [(index: Int, item: (ids: [Int], picture: Tensor))] = []
    for (index, request) in requests.enumerated() {
      do throws(EmbedderError) {
        usable.append((index, (try ids(of: request.text), try pictures[index].get())))
      } catch {
        results[index] = .failure(error)
      }
    }
    for (index, result) in zip(usable.map(\.index), try texts(usable.map(\.item))) {
      results[index] = result
    }
    return results.map { $0 ?? .failure(.emptyItem) }
  }

  private func texts(
    _ items: [(ids: [Int], picture: Tensor)]
  ) throws -> [Result<WrittenText, EmbedderError>] {
    guard !items.isEmpty else { return [] }
    let prompts = items.map { model.prompt($0.ids) }
    do {
      var session = try model.session(items)
      return try zip(prompts, generator(prompts, &session)).map { prompt, ids in
        .success(
          WrittenText(
            text: cleanUp(tokenizer.decode(ids)), tokenIDs: ids, promptTokenCount: prompt.count))
      }
    } catch let error as GenerationError {
      return items.map { _ in .failure(.unableToWrite(reason: "\(error)")) }
    }
  }

  /// The ids of a prompt or a question, special tokens included; nothing is cut.
  package func ids(of text: String) throws(EmbedderError) -> [Int] {
    let ids = tokenizer.encode(text).ids
    guard !ids.isEmpty else { throw .noTokens }
    if let id = ids.first(where: { $0 >= format.vocabularySize }) {
      throw .tokenOutsideVocabulary(id: id, vocabularySize: format.vocabularySize)
    }
    do {
      guard ids.count <= format.positions else {
        throw GenerationError.givenTextTooLong(tokens: ids.count, limit: format.positions)
      }
      try generator.requireRoom(behind: model.prompt(ids).count)
    } catch {
      throw .unableToWrite(reason: "\(error)")
    }
    return ids
  }

  /// What the model makes of each picture; the same file is read once.
  private func pictures(of images: [ImageSource]) throws -> [Result<Tensor, EmbedderError>] {
    var places: [URL: Int] = [:]
    var distinct: [ImageSource] = []
    let indices = images.map { image -> Int in
      if case .file(let url) = image {
        if let place = places[url] { return place }
        places[url] = distinct.count
      }
      distinct.append(image)
      return distinct.count - 1
    }
    let wanted = distinct
    let pixels = Parallel.map(wanted.count) { index in
      Result { () throws(EmbedderError) in try self.pixels(of: wanted[index]) }
    }
    var seen = pixels
    let given = pixels.indices.filter { (try? pixels[$0].get()) != nil }
    let size = max(1, options.batchTokens / format.pictureTokens)
    for start in stride(from: 0, to: given.count, by: size) {
      try Task.checkCancellation()
      let batch = given[start..<min(start + size, given.count)]
      let read = try model.see(batch.map { try pixels[$0].get() }, trace: nil)
      for (index, tokens) in zip(batch, read) { seen[index] = .success(tokens) }
    }
    return indices.map { seen[$0] }
  }

  private func pixels(of image: ImageSource) throws(EmbedderError) -> Tensor {
    let pixels = try croppedPixels(image)
    return Tensor(format.pixels.normalization(pixels), shape: [3, pixels.height, pixels.width])
  }

  /// Resized, but not normalised.
  package func croppedPixels(_ image: ImageSource) throws(EmbedderError) -> Pixels {
    do {
      let limits = ImageLimits(maximumPixelCount: options.maximumPixels)
      return format.pixels(try Raster(image, limits: limits).read(as: options.pixels))
    } catch {
      throw .unusableImage(reason: "\(error)")
    }
  }
}
