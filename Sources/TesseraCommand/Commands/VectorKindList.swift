import ArgumentParser
import TesseraEmbedders

/// `dense,sparse,colbert`: each kind at most once.
struct VectorKindList: ExpressibleByArgument {
  let kinds: [VectorKind]

  init(_ kinds: [VectorKind]) { self.kinds = kinds }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    kinds = parts.compactMap { VectorKind(rawValue: String($0)) }
    guard kinds.count == parts.count, Set(kinds).count == kinds.count else { return nil }
  }

  var defaultValueDescription: String { kinds.map(\.rawValue).joined(separator: ",") }
}
