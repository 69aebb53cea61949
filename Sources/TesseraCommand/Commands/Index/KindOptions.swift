import ArgumentParser
import TesseraEmbedders
import TesseraRetrieval

/// Which vectors every row of an index has.
struct KindOptions: ParsableArguments, CheckedArguments {
  @Option(
    name: .customLong("return"),
    help: ArgumentHelp(
      "Vectors that every row has: dense, and sparse and colbert where the model gives them; "
        + "dense alone where nothing else is said. Once an index has rows, only store reindex "
        + "changes this."))
  var kinds: VectorKindList?

  var isAnyGiven: Bool { kinds != nil }

  func check() throws {
    guard kinds?.kinds.contains(.dense) ?? true else {
      throw ValidationError("--return: an index always has dense vectors; name them too.")
    }
  }

  /// - Throws: where the model gives no such vectors, or the index has others already.
  func record(in store: DiskStore, _ embedder: Embedder, keeping old: [VectorKind]? = nil) throws {
    let order = VectorKind.allCases
    let wanted = (kinds?.kinds ?? old)?.sorted {
      (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0)
    }
    guard let wanted, wanted != store.vectorKinds else { return }
    for kind in wanted where !embedder.vectorKinds.contains(kind) {
      throw EmbedderError.kindNotSupported(kind, supported: embedder.vectorKinds)
    }
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
