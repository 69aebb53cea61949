/// Why there is no tokenizer in a folder; what is wrong with a file's values is a `FieldError`.
package enum TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The folder holds none of the sets of files that make a tokenizer.
  case noTokenizer(folder: String, lookedFor: [String])
  case unreadable(file: String, reason: String)

  package var description: String {
    switch self {
    case .noTokenizer(let folder, let lookedFor):
      "no tokenizer in \(folder): looked for \(lookedFor.joined(separator: ", or "))"
    case .unreadable(let file, let reason):
      "cannot read \(file): \(reason)"
    }
  }
}
