import TesseraJSON

/// Why a `preprocessor_config.json` does not give a recipe.
package enum RecipeError: Error, Equatable, Sendable, CustomStringConvertible {
  case invalidJSON(file: String, JSONError)
  case duplicateKey(file: String, key: String)
  /// `found` is the value's JSON text.
  case unsupported(file: String, key: String, expected: String, found: String)

  package var description: String {
    switch self {
    case .invalidJSON(let file, let error):
      "\(file): \(error)"
    case .duplicateKey(let file, let key):
      "\(file): \"\(key)\" stands twice"
    case .unsupported(let file, let key, let expected, let found):
      "\(file): \"\(key)\": expected \(expected), found \(found)"
    }
  }
}
