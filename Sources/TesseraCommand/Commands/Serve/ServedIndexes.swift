import Foundation
import TesseraEmbedders
import TesseraRetrieval
import TesseraServing

/// The indexes of a server, for each of which one of the models must have made the vectors.
struct ServedIndexes {
  private let models: [LoadedModel]
  private let maxLength: Int?

  init(for models: [LoadedModel], maxLength: Int?) {
    self.models = models
    self.maxLength = maxLength
  }

  /// - Parameter addresses: folders, or what `StoreAddress` reads.
  /// - Throws: `StoreError`, also where an index was made by another model.
  func opened(_ addresses: [String]) throws -> [SearchIndex] {
    let indexes = try addresses.map { try opened($0) }
    for (place, index) in indexes.enumerated()
    where indexes[..<place].contains(where: { $0.name == index.name }) {
      throw SameName(name: index.name)
    }
    return indexes
  }

  private func opened(_ text: String) throws -> SearchIndex {
    let address = StoreAddress(text)
    let store = try address.reading()
    let made = try store.fingerprint()
    if made == nil {
      StandardError.note(
        "the index \(address.name) does not say what made its vectors; scores mean something only"
          + " if it was the first model")
    }
    return try SearchIndex(
      name: address.name, model: try made.flatMap { try model(for: $0, store.place) },
      pixels: made?.pixelReading
    ) { changing in try changing ? address.writing() : address.reading(quietly: true) }
  }

  /// The name of the model whose vectors those are.
  ///
  /// - Throws: `StoreError.fingerprint` where there is none.
  private func model(for made: Fingerprint, _ place: String) throws -> String? {
    var found: [String] = []
    for case (let folder, let model as ServedModel) in models.map({ ($0.folder, $0.model) }) {
      let differences = made.differences(
        from: try Fingerprint(
          modelFolder: folder, embedder: model.embedder.reading(pixels: made.pixelReading),
          maxLength: maxLength))
      if differences.isEmpty { return model.name }
      if found.isEmpty { found = differences }
    }
    throw StoreError.fingerprint(place, differences: found)
  }

  struct SameName: Error, CustomStringConvertible {
    let name: String
    var description: String { "two indexes have the name \(name)" }
  }
}
