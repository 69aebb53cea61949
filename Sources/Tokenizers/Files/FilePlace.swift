/// Where in which file something stands, for error messages.
struct FilePlace: Sendable {
  let file: String
  /// Keys and indices from the top: "normalizer.normalizers[1]".
  let path: String

  init(file: String, path: String = "") {
    self.file = file
    self.path = path
  }

  func key(_ key: String) -> FilePlace {
    FilePlace(file: file, path: path.isEmpty ? key : "\(path).\(key)")
  }

  func index(_ index: Int) -> FilePlace { FilePlace(file: file, path: "\(path)[\(index)]") }

  private var spelled: String { path.isEmpty ? "the top level" : path }

  var missing: TokenizerError { .missing(file: file, place: spelled) }

  func wrongType(expected: String, found: String) -> TokenizerError {
    .wrongType(file: file, place: spelled, expected: expected, found: found)
  }

  func unsupported(_ what: String) -> TokenizerError {
    .unsupported(file: file, place: spelled, what: what)
  }

  func inconsistent(_ reason: String) -> TokenizerError {
    .inconsistent(file: file, place: spelled, reason: reason)
  }
}
