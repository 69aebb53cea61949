/// Where in which file something stands, for error messages.
package struct FilePlace: Sendable {
  package let file: String
  /// Keys and indices from the top: "normalizer.normalizers[1]".
  package let path: String

  package init(file: String, path: String = "") {
    self.file = file
    self.path = path
  }

  package func key(_ key: String) -> FilePlace {
    FilePlace(file: file, path: path.isEmpty ? key : "\(path).\(key)")
  }

  package func index(_ index: Int) -> FilePlace { FilePlace(file: file, path: "\(path)[\(index)]") }

  private var spelled: String { path.isEmpty ? "the top level" : path }

  package var missing: FieldError { .missing(file: file, place: spelled) }

  package func wrongType(expected: String, found: String) -> FieldError {
    .wrongType(file: file, place: spelled, expected: expected, found: found)
  }

  package func unsupported(_ what: String) -> FieldError {
    .unsupported(file: file, place: spelled, what: what)
  }

  package func inconsistent(_ reason: String) -> FieldError {
    .inconsistent(file: file, place: spelled, reason: reason)
  }
}

/// Why a file's values cannot be used.
package enum FieldError: Error, Equatable, Sendable, CustomStringConvertible {
  case invalidJSON(file: String, JSONError)
  case missing(file: String, place: String)
  case wrongType(file: String, place: String, expected: String, found: String)
  /// Something that the file asks for and this library does not do.
  case unsupported(file: String, place: String, what: String)
  /// Values that cannot be true together.
  case inconsistent(file: String, place: String, reason: String)

  package var description: String {
    switch self {
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
