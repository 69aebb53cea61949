import Foundation
import TesseraCheckpoints
import TesseraImages
import TesseraModels
import TesseraTensors

/// A model that turns texts, pictures, or both together into vectors.
///
/// ```swift
/// let embedder = try Embedder(modelFolder: URL(filePath: "models/visualized-bge"))
/// let whale = try embedder.encode(.text("a whale in the sea"))
/// let logo = try embedder.encode(.pair(image: URL(filePath: "logo.png"), text: "blue whale"))
/// print(whale.similarity(to: logo))
/// ```
///
/// An embedder never changes and may be used from several tasks at once.
public struct Embedder: Sendable {
  /// The choices that a caller has.
  public struct Options: Sendable {
    /// Tokens of text that are read, special tokens included; nil for the model's own limit.
    public var maxLength: Int?
    /// Tokens, of texts and pictures, that are computed together.
    public var batchTokens: Int
    /// Pictures with more pixels are refused before they are decoded.
    public var maximumPixels: Int
    /// How pictures are read.
    public var pixels: PixelReading
    /// Nil for that of the model folder: int8 where its weights are quantized, else float32.
    public var precision: Precision?
    /// What is put before texts that bring no prompt of their own; nil for the folder's default.
    public var prompt: Prompt?
    /// Nil for what the folder's release of sentence-transformers did.
    public var whiteSpace: WhiteSpace?
    /// Numbers that are kept of every vector; nil for as many as the folder says, or all.
    ///
    /// Vectors that the model scales to length 1 are scaled again. Meant for models that were trained
    /// for it: Kusupati et al., "Matryoshka Representation Learning".
    public var dimensions: Int?
    /// Whether an embedder is ready only when its vocabulary is read, which takes a twentieth of a
    /// second where it is large. Otherwise the first call that needs it waits, and throws what is
    /// wrong with it; pictures are read meanwhile.
    public var awaitsVocabulary: Bool
    /// How an item with a picture and a text becomes one vector, where the model has a tower for
    /// each; nil for the model's own way, if it has one.
    public var fusion: PairFusion?

    /// The defaults suit most uses.
    public init(
      maxLength: Int? = nil, batchTokens: Int = 2048,
      maximumPixels: Int = Embedder.defaultMaximumPixels, precision: Precision? = nil,
      awaitsVocabulary: Bool = true, pixels: PixelReading = .reference,
      fusion: PairFusion? = nil, prompt: Prompt? = nil, whiteSpace: WhiteSpace? = nil,
      dimensions: Int? = nil
    ) {
      self.maxLength = maxLength
      self.batchTokens = batchTokens
      self.maximumPixels = maximumPixels
      self.precision = precision
      self.awaitsVocabulary = awaitsVocabulary
      self.pixels = pixels
      self.prompt = prompt
      self.whiteSpace = whiteSpace
      self.dimensions = dimensions
      self.fusion = fusion
    }
  }

  package let model: any EmbeddingModel
  package let family: any ModelFamily
  package private(set) var reader: ItemReader
  package private(set) var options: Options
  /// The arithmetic in use.
  public let precision: Precision
  /// How the folder says that vectors are compared; cosine where it does not say.
  public let similarityFunction: SimilarityFunction
  /// What is kept of the vectors, if not all.
  package let cut: VectorCut?
  private let weightNotes: [String]
  private let folderPrompts: Prompts
  /// The checkpoint's tensors, and whether the model reads them.
  package let tensors: [(info: TensorInfo, isRead: Bool)]

  /// Loads a folder in Hugging Face's layout; its `config.json` decides what is built.
  ///
  /// - Throws: `EmbedderError.unusableModel`, naming the file and what is wrong with it;
  ///   `EmbedderError.precisionNotSupported`, `EmbedderError.limitTooLow`.
  public init(modelFolder: URL, options: Options = Options()) throws {
    self = try EmbedderError.reading(modelFolder) {
      let folder = try ModelFiles(folder: modelFolder)
      let family = try Families.family(of: folder)
      // Two things go on at once from here: the reader reads the vocabulary, which takes a while if
      // it is large, and the weights find their places.
      let reader = try ItemReader(folder, family, options)
      let loaded = try LoadedModel(
        folder, precision: options.precision,
        ignoring: type(of: family).unusedTensors + type(of: family).otherHeads
      ) { weights in
        try family.model(weights) { try reader.requiredTexts().tokenizer }
      }
      if options.awaitsVocabulary { _ = try reader.texts() }
      return Embedder(
        family, reader, loaded, options,
        prompts: try Prompts(folder.sentenceTransformersConfig, tasks: family.tasks),
        cut: try VectorCut(folder, options.dimensions, of: loaded.model),
        similarityFunction: try folder.similarityFunction(),
        fieldNotes: try folder.fieldNotes(type(of: family)))
    }
  }

  private init(
    _ family: any ModelFamily, _ reader: ItemReader, _ loaded: LoadedModel<any EmbeddingModel>,
    _ options: Options, prompts: Prompts, cut: VectorCut?, similarityFunction: SimilarityFunction,
    fieldNotes: [String]
  ) {
    folderPrompts = prompts
    self.cut = cut
    self.similarityFunction = similarityFunction
    self.family = family
    self.reader = reader
    self.options = options
    model = loaded.model
    precision = loaded.precision
    weightNotes = loaded.notes + fieldNotes
    tensors = loaded.tensors
  }

  /// Width times height at which a picture is refused unless the caller says otherwise.
  public static let defaultMaximumPixels = ImageLimits().maximumPixelCount

  /// The same model with another way of reading pictures, as an index may demand.
  package func reading(pixels: PixelReading) -> Embedder {
    var other = self
    other.reader = reader.reading(pixels: pixels)
    other.options.pixels = pixels
    return other
  }

  /// Length of every vector.
  public var dimension: Int { cut?.dimension ?? model.dimension }

  /// What the folder has to put before texts, by name.
  public var prompts: [String: String] { folderPrompts.texts }

  /// What stands before a text, and the name that the folder gives it.
  ///
  /// - Parameter prompt: the text's own; nil for what stands before all.
  /// - Throws: `EmbedderError`.
  public func resolved(_ prompt: Prompt? = nil) throws -> (name: String?, text: String) {
    try folderPrompts.resolved(prompt ?? options.prompt, namesTasks: family.namesTasks)
  }

  /// Whether the model reads pictures.
  public var supportsImages: Bool { format.imageSize != nil }

  /// Whether the model reads texts.
  public var supportsTexts: Bool { format.fusion.readsTexts }

  /// The kinds of vectors that the model gives.
  public var vectorKinds: [VectorKind] {
    VectorKind.allCases.filter { model.outputKinds.contains(OutputKinds([$0])) }
  }

  package var format: any InputFormat { reader.format }
  /// How an item with both is read: the model's way, or the caller's.
  package var fusion: Fusion { reader.fusion }

  /// What a user should know of how the model's files were read; waits for the vocabulary.
  public var notes: [String] {
    family.notes + weightNotes + (cut?.notes ?? [])
      + ((try? reader.requiredTexts())?.tokenizer.notes ?? [])
  }

  /// How the vocabulary spells a token; nil for an id that it does not have.
  public func token(_ id: Int) -> String? { (try? reader.requiredTexts())?.tokenizer.token(id) }

  /// Threads that compute, for the whole process; the number of processors unless set.
  public static var threadCount: Int {
    get { Parallel.threadCount }
    set { Parallel.threadCount = newValue }
  }
}
