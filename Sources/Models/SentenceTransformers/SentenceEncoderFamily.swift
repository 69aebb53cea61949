import TesseraCheckpoints
import TesseraJSON
import TesseraTokenizers

/// A family whose folders are sentence encoders: what they share, beside the tower's own.
protocol SentenceEncoderFamily: ModelFamily {
  associatedtype Tower: TextTower
  var head: SentenceHead { get }

  /// What a checkpoint with heads for other tasks puts before the tower's names.
  static var prefix: String { get }

  func tower(_ weights: Weights) throws -> Tower
}

extension SentenceEncoderFamily {
  var textStyle: TextStyle { .sentenceTransformers }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    SentenceEncoder(try tower(weights.below(Self.prefix)), head)
  }
}

extension ModelFiles {
  /// What makes one vector of the tokens' vectors.
  ///
  /// - Throws: `FieldError`; a guess would give other vectors.
  func head() throws -> SentenceHead {
    if let modules { return try modules.head() }
    // Without weights nothing else can be wrong yet.
    _ = try checkpoint.get()
    throw LayoutError.noPooling
  }
}

enum LayoutError: Error, CustomStringConvertible {
  case noPooling

  var description: String {
    "modules.json with a Pooling module is missing: it says how the tokens' vectors become one"
      + " (1_Pooling/config.json: pooling_mode_cls_token or pooling_mode_mean_tokens), and a"
      + " guess would give other vectors"
  }
}

extension Weights {
  /// The scope below a component, if the checkpoint has one, or this one.
  func below(_ component: String) -> Weights { self[component].hasNames ? self[component] : self }
}
