import Foundation
import TesseraCheckpoints
import TesseraTensors

/// Small models with made-up weights, and PyTorch's answers for them.
package enum Goldens {
  /// A file or folder among the goldens.
  package static func url(_ path: String) -> URL {
    Bundle.module.resourceURL?.appending(path: "Goldens/\(path)")
      ?? URL(filePath: "Goldens/\(path)")
  }

  /// A Python script beside them, without its ending.
  package static func script(_ name: String) -> URL? {
    Bundle.module.url(forResource: name, withExtension: "py")
  }

  /// The tensors of a safetensors file, by name.
  package static func tensors(_ path: String) throws -> [String: Tensor] {
    try tensors(at: url(path))
  }

  package static func tensors(at file: URL) throws -> [String: Tensor] {
    let checkpoint = try Checkpoint.open(file)
    return Dictionary(
      uniqueKeysWithValues: checkpoint.names.compactMap { name in
        checkpoint[name].map { (name, $0.widened()) }
      })
  }

  package static func json<Value: Decodable>(_ path: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: url(path)))
  }
}
