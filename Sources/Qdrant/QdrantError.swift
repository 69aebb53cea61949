import TesseraHTTP

/// Why Qdrant, or a folder of its Python client, cannot do what it is asked to.
package enum QdrantError: Error, Sendable, Equatable, CustomStringConvertible {
  case address(String)
  case noFolder(String)
  case noCollection(String, at: String, known: [String])
  case noKind(String, of: String)
  case otherKinds(String, has: [String], asked: [String])
  case noVector(String, of: String, known: [String])
  case distance(String, of: String)
  case damaged(file: String, reason: String)
  case connection(host: String, TransportError)
  case refused(host: String, isKnown: Bool)
  case status(host: String, Int, reason: String)
  case answer(host: String, reason: String)
  case version(host: String, String)
  case keyInTheClear(host: String)
  case unusableKey

  /// The variable that holds the key of a server.
  package static let keyVariable = "QDRANT_API_KEY"

  package var description: String {
    switch self {
    case .address(let text):
      "'\(text)' is no place of a collection: expected qdrant://HOST[:PORT]/COLLECTION, "
        + "qdrants:// with TLS, or qdrant+file://FOLDER/COLLECTION, perhaps with ?vector=NAME"
    case .noFolder(let path):
      "\(path) is no folder of qdrant-client's local mode: expected meta.json in it"
    case .noCollection(let name, let place, let known):
      "\(place) has no collection '\(name)'"
        + (known.isEmpty ? ", nor any other" : "; it has \(known.joined(separator: ", "))")
    case .noVector(let name, let collection, let known):
      (name.isEmpty
        ? "\(collection) has no vector that is plainly meant"
        : "\(collection) has no dense vector '\(name)'")
        + (known.isEmpty ? "; it has none" : "; ?vector= takes \(known.joined(separator: ", "))")
    case .noKind(let kind, let collection):
      "\(collection) has no \(kind) vectors: expected \(QdrantVector.sparseName) for sparse, and "
        + "\(QdrantVector.tokensName) for colbert; tessera index --return makes both"
    case .otherKinds(let collection, let has, let asked):
      "\(collection) was made for \(has.joined(separator: ",")) vectors, and not for "
        + asked.joined(separator: ",")
    case .distance(let distance, let collection):
      "\(collection) compares by \(distance): expected Cosine or Dot, as scores are inner products"
    case .damaged(let file, let reason): "\(file): \(reason)"
    case .connection(let host, let error): "\(host) \(error)"
    case .refused(let host, let isKnown):
      isKnown
        ? "\(host) refuses the key of \(Self.keyVariable)"
        : "\(host) needs a key: set \(Self.keyVariable)"
    case .status(let host, let status, let reason):
      "\(host) answers \(status)" + (reason.isEmpty ? "" : ": \(reason)")
    case .answer(let host, let reason): "\(host): \(reason)"
    case .version(let host, let found):
      "\(host) runs Qdrant \(found): expected 1.10 or later, which has points/query"
    case .keyInTheClear(let host):
      "\(Self.keyVariable) would travel to \(host) unencrypted: expected qdrants://, or no key"
    case .unusableKey: "\(Self.keyVariable) has characters that no key has"
    }
  }
}
