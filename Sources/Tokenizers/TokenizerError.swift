import TesseraJSON

/// Why a tokenizer cannot be built from the files given.
package enum TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The folder holds none of the sets of files that make a tokenizer.
  case noTokenizer(folder: String, lookedFor: [String])
  case unreadable(file: String, reason: String)
  case invalidJSON(file: String, JSONError)
  case missing(file: String, place: String)
  case wrongType(file: String, place: String, expected: String, found: String)
  /// Something that the file asks for and this library does not do.
  case unsupported(file: String, place: String, what: String)
  /// Values that cannot be true together.
  case inconsistent(file: String, place: String, reason: String)

  package var description: String {
    switch self {
    case .noTokenizer(let folder, let lookedFor):
      "no tokenizer in \(folder): looked for \(lookedFor.joined(separator: ", or "))"
    case .unreadable(let file, let reason):
      "cannot read \(file): \(reason)"
    case .invalidJSON(let file, let error):
      "\(file): \(error)"
    case .missing(let file, let place):
      "\(file): \(place) is missing"
    case .wrongType(let file, let place, let expected, let found):
      "\(file): \(place): expected \(expected), found \(found)"
    case .unsupported(let file, let place, let what):
      "\(file): \(place): \(what) is not supported"
    case .inconsistent(let file, let place, let reason):
      "\(file): \(place): \(reason)"
    }
  }
}
