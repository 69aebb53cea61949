import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraRetrieval
import TesseraStudy
import TesseraTokenizers

/// The model of an index: the one that the command line names, or else the one that made it.
struct IndexedModel {
  let folder: URL
  let embedder: Embedder
  let fingerprint: Fingerprint

  /// How an index remembers the model that comes with the command.
  private static let pictureBook = "picture book"
  private static let key = "model"

  /// - Parameters:
  ///   - store: nil before there is one.
  ///   - role: `query` to ask, `document` for what is kept.
  ///   - pixels: how pictures are read where neither the options nor the store's fingerprint say so.
  init(
    _ options: ModelOptions, of store: (any KeptStore)?, awaitingVocabulary: Bool = true,
    pixels: PixelReading = .reference, as role: Prompt = .document
  ) throws {
    if role == .document, options.prompt != nil {
      throw ValidationError(
        "--prompt is for queries: an index is made with the folder's prompt for documents, if any.")
    }
    folder = try Self.folder(options, of: store)
    let made = try store?.fingerprint()
    embedder = try options.loadEmbedder(
      awaitingVocabulary: awaitingVocabulary, from: folder,
      pixels: made?.pixelReading ?? pixels, fusion: made?.fusion, as: role)
    fingerprint = try Fingerprint(
      modelFolder: folder, embedder: embedder, maxLength: options.maxLength)
  }

  private static func folder(_ options: ModelOptions, of store: (any KeptStore)?) throws -> URL {
    guard options.model.model == nil, let recorded = try store?.value(of: key) else {
      return try options.model.folder()
    }
    guard recorded != pictureBook else { return try Embedder.pictureBookFolder() }
    guard FileManager.default.fileExists(atPath: recorded) else {
      throw EmbedderError.unusableModel(
        folder: recorded, reason: "the index was made with it, and it is gone; -m names another")
    }
    return URL(filePath: recorded)
  }

  /// Keeps in the store what makes its vectors, or compares it with what made them.
  ///
  /// - Throws: `StoreError.fingerprint`.
  func record(in store: any KeptStore) throws {
    guard let made = try store.fingerprint() else {
      guard try store.count() == 0 else {
        throw StoreError.fingerprint(
          store.place, differences: ["its vectors were made elsewhere, nobody said by what"])
      }
      try store.setValue(fingerprint.json, of: "fingerprint")
      let isPictureBook = try folder.path == Embedder.pictureBookFolder().path
      let path = URL(filePath: folder.path).standardizedFileURL.path
      return try store.setValue(isPictureBook ? Self.pictureBook : path, of: Self.key)
    }
    let differences =
      made.differences(from: fingerprint) + made.toleratedDifferences(from: fingerprint)
    guard differences.isEmpty else {
      throw StoreError.fingerprint(store.place, differences: differences)
    }
  }

  /// - Throws: `StoreError.fingerprint` where queries of this model cannot be compared.
  func requireComparable(with store: any KeptStore) throws {
    guard let made = try store.fingerprint() else {
      return StandardError.note(
        "the index does not say what made its vectors; scores mean something only if it was"
          + " this model")
    }
    let differences = made.differences(from: fingerprint)
    guard differences.isEmpty else {
      throw StoreError.fingerprint(store.place, differences: differences)
    }
    for difference in made.toleratedDifferences(from: fingerprint) {
      StandardError.note("\(difference)")
    }
  }

  // MARK: Chunks

  /// Tokens of a text that the model reads beside those around it; some number where it reads none.
  func textRoom() throws -> Int {
    guard embedder.supportsTexts else { return 512 }
    guard embedder.vectorKinds.contains(.dense) else { return try roomOfDocuments() }
    let plan = try embedder.plan(for: .text("a"))
    let around = plan.rows.count { row in
      if case .token = row.content { false } else { true }
    }
    let added = around - plan.paddingCount
    return max(1, (plan.limit ?? 512) - added - promptAllowance(plan))
  }

  /// The same where documents may have a length of their own, as in late interaction: reading tells it.
  private func roomOfDocuments() throws -> Int {
    let limit = try embedder.plan(for: .text("a")).limit ?? 512
    let around = try embedder.prepare(.text("a")).tokenCount - 1
    let long = Array(repeating: "a", count: limit + 1).joined(separator: " ")
    let kept = try embedder.prepare(.text(long)).truncation?.kept ?? limit
    return max(1, min(limit, kept) - around)
  }

  /// Tokens of the model's prompt, which stands before every text.
  private func promptAllowance(_ plan: SequencePlan) -> Int {
    plan.text == "a" ? 0 : max(0, plan.rows.count - plan.paddingCount - 3)
  }

  func chunker(limit: Int, overlap: Int) throws -> Chunker {
    let tokenizer = try Tokenizer(modelFolder: folder)
    return Chunker(limit: limit, overlap: overlap) {
      tokenizer.encode($0, addSpecialTokens: false).ids.count
    }
  }
}
