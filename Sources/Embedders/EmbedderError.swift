import Foundation

/// Why a model or an item cannot be used.
///
/// The description is a sentence for a person.
public enum EmbedderError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The folder is none that this engine can load.
  case unusableModel(folder: String, reason: String)
  /// An item without text and without picture.
  case emptyItem
  /// A picture, for a model that reads only text.
  case imagesNotSupported
  /// A text, for a model that reads only pictures.
  case textsNotSupported
  /// An explanation of a model whose vectors cannot be taken apart here.
  case notExplained
  /// A picture with a text, for a model with separate towers.
  case pairsNotSupported
  /// A page with a text of the caller's.
  case textBesidePage
  /// A page of more tokens than the model reads.
  case pageTooLong(tokens: Int, limit: Int)
  /// A text with the word in whose place a picture would stand.
  case placeholderInText(String)
  /// A sum of a picture's and a text's features, for a model that has not a tower for each.
  case sumNotSupported
  /// A kind of vector that the model does not give.
  case kindNotSupported(VectorKind, supported: [VectorKind])
  /// An arithmetic that this processor, or this model, does not have.
  case precisionNotSupported(Precision, reason: String)
  /// A model of several labels where passages are to be put into order.
  case notAReranker(labels: [String])
  /// The first text of a pair leaves no room for the second, and may not be cut.
  case firstTextTooLong(tokens: Int, room: Int)
  /// A pair of texts that cannot become one sequence.
  case unusablePair(reason: String)
  /// Zero-shot classification with a model that was not trained for it.
  case notAClassifier
  /// Matching of pictures and texts with a model that was not trained for it.
  case notAMatcher
  /// No text can be written: there is no room for it, or the weights are damaged.
  case unableToWrite(reason: String)
  /// The picture cannot be read.
  case unusableImage(reason: String)
  /// A prompt by a name that the folder does not have.
  case noSuchPrompt(name: String, known: [String])
  /// More numbers than the model's vectors have.
  case tooManyDimensions(asked: Int, dimension: Int)
  /// A limit so low that no text fits beside the special tokens.
  case limitTooLow(limit: Int, minimum: Int)
  /// A folder that fills queries up with a token that its vocabulary lacks.
  case noExpansionToken(String)
  /// A folder that marks texts with a token that its vocabulary lacks, and it has no unknown token.
  case noMarker(String)
  /// A folder that fills queries up to more tokens than the model reads.
  case expansionTooLong(tokens: Int, limit: Int)
  /// A workload with longer texts than the model reads.
  case workloadTooLong(tokens: Int, limit: Int)
  /// A text of which the tokenizer leaves nothing, not even a special token.
  case noTokens
  /// The model's answer has a number that is none: the weights are damaged.
  case notFinite
  /// The tokenizer gives an id that the model's table of embeddings does not have.
  case tokenOutsideVocabulary(id: Int, vocabularySize: Int)

  /// One line that says what is wrong, and where.
  public var description: String {
    switch self {
    case .unusableModel(let folder, let reason): "cannot load the model \(folder): \(reason)"
    case .emptyItem: "neither a text nor an image is given"
    case .imagesNotSupported: "this model reads texts only; an image was given"
    case .textsNotSupported: "this model reads pictures only; a text was given"
    case .notExplained: "vectors of this kind of model cannot be taken apart"
    case .pairsNotSupported:
      "this model has one tower for texts and one for images, and no vector of both: encode them"
        + " apart, add what both make (--fuse sum), or use a model that fuses them"
    case .textBesidePage:
      "this model reads a picture as a page, with words of its own around it, and no text beside it:"
        + " encode them apart"
    case .pageTooLong(let tokens, let limit):
      "the picture has \(tokens) tokens: this model reads \(limit) at most"
    case .placeholderInText(let word):
      "the text has \"\(word)\", which is a picture's place to this model"
    case .sumNotSupported:
      "the sum of a text's and a picture's features needs a model with a tower for each"
    case .kindNotSupported(let kind, let supported):
      "this model has no \(kind.rawValue) vectors, only"
        + " \(supported.map(\.rawValue).joined(separator: ", "))"
    case .precisionNotSupported(let precision, let reason):
      "\(precision.rawValue) is not possible: \(reason)"
    case .notAReranker(let labels):
      "this model does not give one score, but one for each of \(labels.count) labels"
        + " (\(labels.prefix(5).joined(separator: ", "))): use it with classify"
    case .firstTextTooLong(let tokens, let room):
      "the first text has \(tokens) tokens, and both texts together have room for \(room)"
    case .unusablePair(let reason): reason
    case .notAClassifier:
      "zero-shot classification needs a model with a tower for texts and one for images"
    case .notAMatcher:
      "matching needs a model that reads a text beside a picture, such as BLIP's for retrieval"
    case .unusableImage(let reason), .unableToWrite(let reason): reason
    case .noSuchPrompt(let name, let known):
      "the model's folder has no prompt \"\(name)\", "
        + (known.isEmpty ? "and no other" : "only \(known.joined(separator: ", "))")
    case .tooManyDimensions(let asked, let dimension):
      "\(asked) dimensions are asked for, and the model's vectors have \(dimension)"
    case .limitTooLow(let limit, let minimum):
      "a limit of \(limit) tokens leaves no room: the special tokens alone are \(minimum)"
    case .noExpansionToken(let token):
      "queries are filled up with \"\(token)\", which the vocabulary does not have"
    case .noMarker(let token):
      "texts are marked with \"\(token)\", which the vocabulary does not have, nor an unknown token"
    case .expansionTooLong(let tokens, let limit):
      "queries are filled up to \(tokens) tokens: this model reads \(limit) at most"
    case .workloadTooLong(let tokens, let limit):
      "texts of \(tokens) tokens: this model reads \(limit) at most"
    case .noTokens: "the tokenizer makes no token of the text"
    case .notFinite:
      "the vector has numbers that are infinite or not a number; are the weights damaged?"
    case .tokenOutsideVocabulary(let id, let size):
      "the tokenizer gives token id \(id), but the model has only \(size) embeddings; do the"
        + " tokenizer and the weights belong together?"
    }
  }
}

extension EmbedderError {
  /// Reads a model folder.
  ///
  /// - Throws: `EmbedderError`; what is wrong with a file becomes `unusableModel`.
  package static func reading<Value>(_ folder: URL, _ body: () throws -> Value)
    throws(EmbedderError)
    -> Value
  {
    do {
      return try body()
    } catch let error as EmbedderError {
      throw error
    } catch {
      throw .unusableModel(folder: folder.path, reason: "\(error)")
    }
  }
}
