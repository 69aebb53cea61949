import ArgumentParser
import TesseraEmbedders
import TesseraRetrieval

/// Which vectors every row of an index has.
struct KindOptions: ParsableArguments {
  @Option(
    name: .customLong("return"),
    help: ArgumentHelp(
      "Vectors that every row has: dense, and sparse and colbert where the model gives them; "
        + "dense alone where nothing else is said, or all that a model gives that gives none. "
        + "Once an index has rows, only store reindex changes this."))
  var kinds: VectorKindList?

  var isAnyGiven: Bool { kinds != nil }

  /// - Throws: where the model gives no such vectors, or the index has others already.
  func record(in store: DiskStore, _ embedder: Embedder, keeping old: [VectorKind]? = nil) throws {
    let isDense = embedder.vectorKinds.contains(.dense)
    guard let given = kinds?.kinds ?? old ?? (isDense ? nil : embedder.vectorKinds) else { return }
    let wanted = VectorKind.allCases.filter(given.contains)
    guard wanted.contains(.dense) || !isDense else {
      throw ValidationError(
        "--return: an index of a model that gives dense vectors has them; name them too.")
    }
    for kind in wanted where !embedder.vectorKinds.contains(kind) {
      throw EmbedderError.kindNotSupported(kind, supported: embedder.vectorKinds)
    }
    guard wanted != store.vectorKinds else { return }
    guard try store.count() == 0 else {
      throw ValidationError(
        "The rows of \(store.path) have \(VectorKindList(store.vectorKinds).text) vectors, and all must"
          + " have the same: tessera store reindex --return \(VectorKindList(wanted).text) makes them anew."
      )
    }
    try store.setVectorKinds(wanted)
  }
}

extension VectorKindList {
  /// As it is typed.
  var text: String { kinds.map(\.rawValue).joined(separator: ",") }
}
