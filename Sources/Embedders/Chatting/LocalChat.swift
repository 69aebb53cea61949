import Foundation
import TesseraImages
import TesseraModels
import TesseraTensors
import TesseraTokenizers

/// A model that answers in conversations, about pictures too where it sees them.
///
/// ```swift
/// let chat = try LocalChat(modelFolder: URL(filePath: "models/SmolVLM-256M-Instruct"))
/// var conversation = chat.conversation()
/// let answer = try conversation.ask("What is this?", about: [.file(photo)]) { print($0, terminator: "") }
/// ```
///
/// Prompts are those of the folder's chat template, tokens those of transformers' `generate`. A chat
/// never changes and may be used from several tasks at once; each conversation remembers its own.
public struct LocalChat: Sendable {
  let family: any ChatFamily
  let model: any ChatModel
  let tokenizer: Tokenizer
  let prompt: ChatPrompt
  let settings: GenerationSettings
  let options: Options
  /// The arithmetic in use.
  public let precision: Precision
  /// What a user should know of how the model's files were read.
  public let notes: [String]

  /// How a model is loaded, and reads pictures.
  public struct Options: Sendable {
    /// Pictures with more pixels are refused before they are decoded.
    public var maximumPixels: Int
    /// How pictures are read.
    public var pixels: PixelReading
    /// Nil for that of the model folder: what its weights were quantized to, or else float32.
    public var precision: Precision?

    /// The defaults are those of the reference.
    public init(
      maximumPixels: Int = Embedder.defaultMaximumPixels, pixels: PixelReading = .reference,
      precision: Precision? = nil
    ) {
      self.maximumPixels = maximumPixels
      self.pixels = pixels
      self.precision = precision
    }
  }

  /// Loads a folder in Hugging Face's layout.
  ///
  /// What `generation_config.json` says of drawing, lengths and penalties is the default; a setting that
  /// would change the text and is not known here is refused by its name.
  /// - Throws: `EmbedderError.unusableModel`, naming the file and what is wrong with it;
  ///   `EmbedderError.precisionNotSupported`.
  public init(modelFolder: URL, options: Options = Options()) throws {
    self = try EmbedderError.reading(modelFolder) {
      let folder = try ModelFiles(folder: modelFolder)
      guard let type = try Families.chatType(of: folder) else {
        if try Families.writingType(of: folder) == nil {
          // Says what is wrong with a folder of no known kind.
          _ = try Families.family(of: folder)
        }
        throw NotAChatModel()
      }
      let family = try type.init(folder)
      let loaded = try LoadedModel(
        folder, precision: options.precision, chats: true, ignoring: type.unusedTensors,
        build: family.model)
      let tokenizer = try Tokenizer(folder: folder.transformerFolder)
      let file = try folder.config(ifPresent: "generation_config.json")
      let settings = try file.map { try GenerationSettings($0, allowsSampling: true) }
      if let file, let settings, settings.beams != 1 {
        throw file.field.place.key("num_beams").unsupported("more than one beam in a conversation")
      }
      return LocalChat(
        family, loaded, tokenizer,
        try ChatPrompt(folder, tokenizer, hasParts: family.format.pictureToken != nil),
        settings ?? GenerationSettings(), options)
    }
  }

  private init(
    _ family: any ChatFamily, _ loaded: LoadedModel<any ChatModel>, _ tokenizer: Tokenizer,
    _ prompt: ChatPrompt, _ settings: GenerationSettings, _ options: Options
  ) {
    self.family = family
    self.tokenizer = tokenizer
    self.prompt = prompt
    self.settings = settings
    self.options = options
    model = loaded.model
    precision = loaded.precision
    notes = loaded.notes + tokenizer.notes + family.notes
  }

  private struct NotAChatModel: Error, CustomStringConvertible {
    var description: String { "this model answers in no conversations" }
  }

  /// Whether a folder is one of a model that chats; its weights are not looked at.
  public static func canLoad(_ modelFolder: URL) -> Bool {
    guard let folder = try? ModelFiles(folder: modelFolder) else { return false }
    return (try? Families.chatType(of: folder)) ?? nil != nil
  }

  /// Whether a folder is one of a model that chats, and of none that scores pairs.
  ///
  /// Qwen3's rerankers have the architecture of its chat models, of which only these draw their tokens.
  package static func isOne(_ modelFolder: URL) -> Bool {
    guard canLoad(modelFolder), let folder = try? ModelFiles(folder: modelFolder) else {
      return false
    }
    guard (try? Families.isClassifier(folder)) == true else { return true }
    let generation = try? folder.config(ifPresent: "generation_config.json")
    return (try? generation?.optional("do_sample")?.bool()) ?? false
  }

  /// Tokens that a conversation may have, answers included.
  public var contextLength: Int { family.format.positions }

  /// Whether it sees pictures.
  public var seesPictures: Bool { family.format.pictureToken != nil }

  /// Begins a conversation.
  ///
  /// - Parameter messages: what was said before, such as how the model is to answer.
  public func conversation(_ messages: [ChatMessage] = []) -> Conversation {
    Conversation(self, messages)
  }

  /// What the folder's template makes of turns, before pictures have their tokens, with the beginning
  /// of an answer behind them.
  ///
  /// - Throws: `EmbedderError.unableToWrite` for what the template says against them.
  public func promptText(_ messages: [ChatMessage]) throws -> String {
    do {
      return try prompt.text(messages)
    } catch {
      throw EmbedderError.unableToWrite(reason: "\(error)")
    }
  }

  /// Reads a picture, and throws it away.
  ///
  /// - Throws: `EmbedderError.unusableImage`, saying what is wrong with it.
  public func requireReadable(_ image: ImageSource) throws { _ = try raster(image) }

  // MARK: For a conversation

  /// - Throws: `EmbedderError.unusableImage`.
  func raster(_ image: ImageSource) throws -> Raster {
    do {
      let limits = ImageLimits(maximumPixelCount: options.maximumPixels)
      return try Raster(image, limits: limits).read(as: options.pixels)
    } catch {
      throw EmbedderError.unusableImage(reason: "\(error)")
    }
  }

  /// The ids of a conversation, to whose end the answer belongs.
  func ids(_ messages: [ChatMessage], _ pictures: [PreparedPicture]) throws -> [Int] {
    let text = try family.expand(prompt.text(messages), pictures)
    let encoding = tokenizer.encode(text, addSpecialTokens: addsSpecialTokens(to: text))
    if let id = encoding.ids.first(where: { $0 >= family.format.vocabularySize }) {
      throw EmbedderError.tokenOutsideVocabulary(
        id: id, vocabularySize: family.format.vocabularySize)
    }
    return encoding.ids
  }

  /// transformers' tokenizers add none to what a template wrote; its processors do, unless the
  /// template wrote the first one.
  private func addsSpecialTokens(to text: String) -> Bool {
    guard seesPictures else { return false }
    guard let begin = tokenizer.specialTokens.bosID.flatMap(tokenizer.token) else { return true }
    return !text.utf8.starts(with: begin.utf8)
  }

  /// The folder's settings, with those that are given in their place.
  func settings(_ options: ChatOptions) -> GenerationSettings {
    var result = settings
    if let count = options.maxNewTokens { result.maximumNewTokens = count }
    if let penalty = options.repetitionPenalty { result.repetitionPenalty = penalty }
    if let temperature = options.temperature, temperature > 0 {
      result.sampling.temperature = temperature
    }
    if let topK = options.topK { result.sampling.topK = topK }
    if let topP = options.topP { result.sampling.topP = topP }
    if let minP = options.minP { result.sampling.minP = minP }
    let isAsked = options.topK != nil || options.topP != nil || options.minP != nil
    result.isSampling = options.temperature.map { $0 > 0 } ?? (result.isSampling || isAsked)
    result.stops += options.stops
    return result
  }
}
