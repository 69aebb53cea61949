/// A text that a model wrote about a picture.
public struct WrittenText: Sendable, Equatable {
  /// The words, without special tokens; a caption begins with its prompt.
  public let text: String
  /// The tokens, special ones included, from the first of the prompt to the one that ends the text,
  /// if it came to an end before the limit.
  public let tokenIDs: [Int]
  /// How many of the tokens were given: the decoder's start, and a prompt.
  public let promptTokenCount: Int
  /// Why a model that chats came to its end; nil for models that only write.
  public internal(set) var end: ChatAnswer.End?
}

/// The choices of who lets a model write.
public struct WritingOptions: Sendable {
  /// Hypotheses that are followed at once; nil for what the folder's `generation_config.json` says,
  /// or else 1, which takes the likeliest token each time.
  public var beams: Int?
  /// Tokens behind the prompt at most; nil for what the folder says, or else 20.
  public var maxNewTokens: Int?
  /// Tokens of pictures that are computed together.
  public var batchTokens: Int
  /// Pictures with more pixels are refused before they are decoded.
  public var maximumPixels: Int
  /// How pictures are read.
  public var pixels: PixelReading
  /// Nil for that of the model folder: int8 where its weights are quantized, else float32.
  public var precision: Precision?

  /// The defaults are those of the reference.
  public init(
    beams: Int? = nil, maxNewTokens: Int? = nil, batchTokens: Int = 2048,
    maximumPixels: Int = Embedder.defaultMaximumPixels, pixels: PixelReading = .reference,
    precision: Precision? = nil
  ) {
    self.beams = beams
    self.maxNewTokens = maxNewTokens
    self.batchTokens = batchTokens
    self.maximumPixels = maximumPixels
    self.pixels = pixels
    self.precision = precision
  }

  /// The most beams that can be followed.
  public static let maximumBeams = 64
}
