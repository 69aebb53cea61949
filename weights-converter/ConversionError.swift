import TesseraCheckpoints
import TesseraFiles

/// Why a conversion cannot be done; each message is one line.
package enum ConversionError: Error, CustomStringConvertible {
  case notVisualizedBGE(file: String, missing: [String])
  case wrapped(file: String, prefix: String)
  case tensorsMissing(file: String, names: [String])
  case tensorsUnknown(file: String, names: [String])
  case shape(file: String, tensor: String, expected: [Int], found: [Int])
  case notFloatingPoint(file: String, tensor: String, found: String)
  case sizes(file: String, tensor: String, expected: String, found: [Int])
  case config(file: String, field: String, expected: String, found: String)
  case configInvalid(file: String, reason: String)
  case fileMissing(folder: String, name: String)
  case alreadyQuantized(file: String, tensor: String, found: String)
  case notForChats(String)
  case notFinite(file: String, tensor: String)
  case nothingToQuantize(String)
  case nothingToConvert(folder: String, weights: String)
  case head(file: String, names: [String])
  case nameTwice(String, file: String)
  case targetExists(String)
  case targetNotAModel(String)
  case targetTouchesSource(target: String, source: String)
  case interrupted(Int32, target: String)

  package var description: String {
    switch self {
    case .notVisualizedBGE(let file, let missing):
      "\(file): not a Visualized-BGE checkpoint: no tensor \(missing.listed)"
    case .wrapped(let file, let prefix):
      "\(file): all names begin with \(prefix.quoted), which a wrapper such as DataParallel or"
        + " torch.compile has put there; save the state dictionary of the model within it"
    case .tensorsMissing(let file, let names):
      "\(file): \(names.count) tensors of a Visualized-BGE are missing: \(names.listed)"
    case .tensorsUnknown(let file, let names):
      "\(file): \(names.count) tensors do not belong to a Visualized-BGE: \(names.listed)"
    case .shape(let file, let tensor, let expected, let found):
      "\(file): tensor \(tensor.quoted): expected shape \(expected), found \(found)"
    case .notFloatingPoint(let file, let tensor, let found):
      "\(file): tensor \(tensor.quoted): expected a floating-point dtype, found \(found)"
    case .sizes(let file, let tensor, let expected, let found):
      "\(file): tensor \(tensor.quoted): expected \(expected), found shape \(found)"
    case .config(let file, let field, let expected, let found):
      "\(file): \(field): expected \(expected), found \(found)"
    case .configInvalid(let file, let reason): "\(file): \(reason)"
    case .fileMissing(let folder, let name): "\(folder): expected a file \(name), found none"
    case .alreadyQuantized(let file, let tensor, let found):
      "\(file): tensor \(tensor.quoted): already quantized, found \(found)"
    case .notForChats(let source):
      "\(source): int4 is for decoders of models that chat, and this is none of a family that does"
    case .notFinite(let file, let tensor):
      "\(file): tensor \(tensor.quoted): numbers that are infinite or not a number have no scale"
    case .nothingToQuantize(let source):
      "\(source): no weights to quantize: no layer has a name of a family that this program knows"
    case .nothingToConvert(let folder, let weights):
      "\(folder): nothing to convert, it already holds \(weights)"
    case .head(let file, let names):
      "\(file): expected the tensors 'weight' and 'bias', found \(names.listed)"
    case .nameTwice(let name, let file):
      "\(file): the name \(name.quoted) stands in the model's own weights too"
    case .targetExists(let target): "\(target): already exists; --force replaces a model folder"
    case .targetNotAModel(let target):
      "\(target): --force replaces only a folder with a config.json, or an empty one"
    case .targetTouchesSource(let target, let source):
      "\(target): the output would replace or enter its source, \(source)"
    case .interrupted(let signal, let target):
      "interrupted by signal \(signal); nothing was written to \(target)"
    }
  }
}
