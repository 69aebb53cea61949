import TesseraFiles
import TesseraTensors

/// Where a checkpoint is not the one that a model expects.
package enum WeightsError: Error, Equatable, Sendable, CustomStringConvertible {
  case missing(file: String, name: String)
  /// The file says that the tensor is stored under another name, which it does not have.
  case aliasMissing(file: String, name: String, storedAs: String)
  case shape(file: String, name: String, expected: [Int], found: [Int])
  case dtype(file: String, name: String, found: DType)
  case scale(file: String, name: String, found: Float)
  case fourBitScaleDType(file: String, name: String, found: DType)
  case fourBitScale(file: String, name: String)
  /// What the file says of its weights of four bits is not the one layout that is read.
  case fourBitLayout(file: String, name: String, key: String, expected: String, found: String?)
  case unread(file: String, names: [String])

  package var description: String {
    switch self {
    case .missing(let file, let name): "\(file): expected a tensor \(name.quoted), found none"
    case .aliasMissing(let file, let name, let stored):
      "\(file): expected a tensor \(name.quoted), which __metadata__ says is \(stored.quoted); "
        + "found neither"
    case .shape(let file, let name, let expected, let found):
      "\(file): tensor \(name.quoted): expected shape \(expected), found \(found)"
    case .dtype(let file, let name, let found):
      "\(file): tensor \(name.quoted): expected a floating-point dtype, found \(found.rawValue)"
    case .scale(let file, let name, let found):
      "\(file): tensor \(name.quoted): expected finite scales of 0 or more, found \(found)"
    case .fourBitScaleDType(let file, let name, let found):
      "\(file): tensor \(name.quoted): expected scales in BF16, found \(found.rawValue)"
    case .fourBitScale(let file, let name):
      "\(file): tensor \(name.quoted): expected finite scales, found one that is not"
    case .fourBitLayout(let file, let name, let key, let expected, let found):
      "\(file): tensor \(name.quoted) has bytes; to be weights of four bits it needs \(key)"
        + " \(expected.quoted) in __metadata__, found \(found?.quoted ?? "none")"
    case .unread(let file, let names):
      "\(file): \(names.count) tensors have no place in this model: \(names.listed)"
    }
  }
}
