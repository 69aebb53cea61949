import Foundation
import TesseraEmbedders
import TesseraRetrieval
import TesseraServing

/// The indexes of a server, each of which the first model must be able to ask.
struct ServedIndexes {
  private let paths: [String]
  private let models: ServedModelOptions

  init(_ paths: [String], _ models: ServedModelOptions) {
    self.paths = paths
    self.models = models
  }

  /// - Throws: `StoreError`, also where an index was made by another model.
  func opened() throws -> [SearchIndex] {
    guard !paths.isEmpty else { return [] }
    let fingerprint = try models.fingerprintOfFirst()
    return try paths.map { path in
      let name = URL(filePath: path).deletingPathExtension().lastPathComponent
      let index = try SearchIndex(name: name, path: path)
      let differences = try index.differences(from: fingerprint)
      guard differences.isEmpty else {
        throw StoreError.fingerprint(path, differences: differences)
      }
      return index
    }
  }
}
