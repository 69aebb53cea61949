import TesseraEmbedders
import TesseraJSON
import TesseraRetrieval

/// Why a request gets no answer, before it is said in the words of a dialect.
package struct Problem: Error, Sendable, Equatable {
  /// What kind of problem it is, with the status that all dialects give it, TEI's apart.
  package enum Kind: Sendable {
    case badJSON, invalid, empty, unauthorized, forbidden
    case notFound, unknownModel, wrongMethod, tooSlow, conflict
    case tooLarge, unsupportedEncoding, overloaded, backend, neighbour, unavailable
  }

  package let kind: Kind
  package let message: String
  /// The field of the request that is wrong, if it is one.
  package let field: String?
  /// Seconds after which a client may try again.
  package let retryAfter: Int?

  package init(_ kind: Kind, _ message: String, field: String? = nil, retryAfter: Int? = nil) {
    self.kind = kind
    self.message = message
    self.field = field
    self.retryAfter = retryAfter
  }

  package var status: Int {
    switch kind {
    case .badJSON, .invalid, .empty: 400
    case .unauthorized: 401
    case .forbidden: 403
    case .notFound, .unknownModel: 404
    case .wrongMethod: 405
    case .tooSlow: 408
    case .conflict: 409
    case .tooLarge: 413
    case .unsupportedEncoding: 415
    case .overloaded: 429
    case .backend: 500
    // Another server that this one asks.
    case .neighbour: 502
    case .unavailable: 503
    }
  }

  /// What any error means to a client.
  package static func of(_ error: any Error) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case let error as FieldError:
      if case .invalidJSON(_, let error) = error { return Problem(.badJSON, "\(error)") }
      return Problem(.invalid, "\(error)", field: error.topKey)
    case let error as JSONError: return Problem(.badJSON, "\(error)")
    case let error as EmbedderError:
      switch error {
      case .notFinite, .unusableModel, .tokenOutsideVocabulary:
        return Problem(.backend, "\(error)")
      default: return Problem(.invalid, "\(error)", field: "input")
      }
    case let error as FilterError: return Problem(.invalid, "\(error)", field: "where")
    case let error as SearchError: return Problem(.invalid, "\(error)", field: "vector")
    case let error as StoreError:
      switch error {
      case .locked: return Problem(.unavailable, "\(error)", retryAfter: 1)
      case .dimension, .notFinite, .noDirection, .repeatedID, .nullCharacter:
        return Problem(.invalid, "\(error)", field: "items")
      case .noDense: return Problem(.invalid, "\(error)", field: "index")
      case .readOnly: return Problem(.forbidden, "\(error)")
      default: return Problem(.backend, "\(error)")
      }
    default: return Problem(.backend, "\(error)")
    }
  }
}

extension FieldError {
  /// The member of the request in which the error lies.
  fileprivate var topKey: String? {
    let place: String
    switch self {
    case .invalidJSON: return nil
    case .missing(_, let found), .wrongType(_, let found, _, _), .unsupported(_, let found, _),
      .inconsistent(_, let found, _):
      place = found
    }
    return place == "the top level" ? nil : String(place.prefix { $0 != "." && $0 != "[" })
  }
}
