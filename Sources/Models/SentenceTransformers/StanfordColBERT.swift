import Foundation
import TesseraCheckpoints
import TesseraJSON
import TesseraLayers

/// The layout of Stanford's ColBERT: a tower's weights with `linear.weight` beside them, and
/// `artifact.metadata`, a JSON file of what its code was run with. Khattab and Zaharia, "ColBERT".
///
/// Where PyLate and sentence-transformers read such folders otherwise, Stanford's code counts.
package struct StanfordColBERT: Sendable {
  /// Numbers of a token's vector; nil where the folder does not say.
  private let dimension: Field?

  fileprivate static let fileName = "artifact.metadata"

  fileprivate init(_ config: Config?) throws {
    dimension = try config?.optional("dim")
    // Vectors have length 1, so both put documents into the same order.
    _ = try config?.choice("similarity", default: Similarity.cosine)
    try config?.requireIfPresent("interaction", is: "colbert")
    if let field = try config?.optional("reranker"), try field.bool() {
      throw field.place.unsupported("a reranker")
    }
  }

  private enum Similarity: String, CaseIterable { case cosine, l2 }

  /// What a token's vector is made by of the tower's: [T, C] → [T, dimension].
  ///
  /// - Throws: `WeightsError`, `FieldError` where the file says another length.
  func projection(_ weights: Weights, inputs: Int) throws -> Linear {
    let linear = weights["linear"]
    let outputs = try linear.tensor("weight").shape.first ?? 0
    if let dimension, try dimension.int(in: 1...1 << 24) != outputs {
      throw dimension.wrongType("\(outputs), which is the number of rows of linear.weight")
    }
    return try Linear(
      linear, inputs: inputs, outputs: outputs, hasBias: false, precision: .float32)
  }
}

extension LateInteraction {
  /// What Stanford's folders say, with its code's defaults.
  ///
  /// - Parameter config: nil where the folder has no `artifact.metadata`.
  /// - Throws: `FieldError`.
  fileprivate init(stanford config: Config?) throws {
    // A marker stands in every text, and the two special tokens around it.
    func length(_ key: String, default standard: Int) throws -> Int {
      try config?.int(key, in: 3...1 << 30, default: standard) ?? standard
    }
    let isMasking = try config?.optional("mask_punctuation")?.bool() ?? true
    self.init(
      // What a query is filled up to is its length.
      lengths: [.document: try length("doc_maxlen", default: 220)],
      expansion: QueryExpansion(
        length: try length("query_maxlen", default: 32),
        isAttended: try config?.optional("attend_to_mask_tokens")?.bool() ?? false),
      markers: [
        .query: try config?.optional("query_token_id")?.string() ?? "[unused0]",
        .document: try config?.optional("doc_token_id")?.string() ?? "[unused1]",
      ],
      skippedWords: isMasking ? Self.punctuation : [], skippingTasks: [.document],
      stanford: try StanfordColBERT(config))
  }
}

extension ModelFiles {
  /// Nil for folders of other layouts.
  ///
  /// - Throws: `FileError`, `FieldError`.
  func stanfordInteraction() throws -> LateInteraction? {
    guard try isStanfordColBERT() else { return nil }
    return try LateInteraction(stanford: stanfordConfig())
  }

  /// Whether Stanford's code would read the folder; a chain of modules is sentence-transformers'.
  func isStanfordColBERT() throws -> Bool {
    let file = transformerFolder.appending(path: StanfordColBERT.fileName)
    return try modules == nil
      && (architectures().contains("HF_ColBERT")
        || FileManager.default.fileExists(atPath: file.path))
  }

  /// An index's plan holds the same under `config`.
  func stanfordConfig() throws -> Config? {
    guard let file = try config(ifPresent: StanfordColBERT.fileName) else { return nil }
    return try file.optionalObject("config") ?? file
  }
}
