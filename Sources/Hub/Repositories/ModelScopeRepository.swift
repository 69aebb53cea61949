import Foundation
import TesseraHTTP
import TesseraJSON

/// A repository of ModelScope, whose API gives the SHA-256 of every file.
struct ModelScopeRepository: Repository {
  let name: ModelName
  let endpoint: URL
  let client: Client

  private var api: [String] {
    ["api", "v1", "models"] + name.repository.split(separator: "/").map(String.init)
  }

  func listing() throws -> RepositoryListing {
    let answer = try json(
      of: client.get(
        endpoint.below(
          api + ["repo", "files"], query: [("Revision", name.branch), ("Recursive", "true")])))
    let files = try answer.required("Data").required("Files").elements().compactMap(Self.file)
    // A commit's name is not part of every answer, so a listing is known by its content.
    let content = files.sorted { $0.path < $1.path }.map { "\($0.path) \($0.checksum)\n" }
    return try RepositoryListing(
      commit: String(Checksum.digits(of: content.joined()).prefix(40)), files: files,
      repository: name.repository)
  }

  private static func file(_ entry: Field) throws -> RepositoryFile? {
    guard try entry.required("Type").string() == "blob" else { return nil }
    guard let checksum = try Checksum(sha256: entry.required("Sha256").string()) else {
      throw entry.place.key("Sha256").unsupported("this kind of hash")
    }
    return RepositoryFile(
      path: try entry.required("Path").string(), size: try entry.required("Size").size(),
      checksum: checksum)
  }

  func address(of file: String, commit: String) -> URL {
    endpoint.below(api + ["repo"], query: [("Revision", name.branch), ("FilePath", file)])
  }

  func refusal(_ arrival: Client.Arrival, file: String) -> HubError {
    let host = Origin(arrival.url).host
    guard arrival.head.status == 404 else { return refusal(byStatus: arrival) }
    let message = (try? client.text(of: arrival)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    if message.contains("revision") {
      return .revisionUnknown(name: name.repository, revision: name.branch, known: [])
    }
    if !file.isEmpty { return .noFile(name: "\(name)", file: file) }
    return .notFound(
      name: name.repository, host: host, isKnown: client.isKnown,
      nearest: NearestNames.of(name.repository, among: Catalogue.repositories))
  }
}
