import Foundation
import TesseraHTTP
import TesseraJSON

/// A repository of the Hugging Face Hub, or of a mirror that answers as the Hub does.
///
/// Paths and headers are those that huggingface_hub reads; content comes over plain HTTP, which the
/// Hub gives for every file, its newer storage (Xet) included.
struct HubRepository: Repository {
  let name: ModelName
  let endpoint: URL
  let client: Client

  /// Pages of a listing have a thousand entries; no model has a hundred thousand files.
  private static let maximumPages = 100

  private var api: [String] { ["api", "models"] + parts }
  private var parts: [String] { name.repository.split(separator: "/").map(String.init) }

  func listing() throws -> RepositoryListing {
    let about = try json(of: client.get(endpoint.below(api + ["revision", name.branch])))
    if try about.optional("disabled")?.bool() == true {
      throw HubError.disabled(name: "\(name)", reason: "the Hub has disabled it")
    }
    let commit = try about.required("sha").string()
    return try RepositoryListing(
      commit: commit, files: files(at: commit),
      repository: about.optional("id")?.string() ?? name.repository)
  }

  private func files(at commit: String) throws -> [RepositoryFile] {
    var files: [RepositoryFile] = []
    var page: URL? = endpoint.below(
      api + ["tree", commit], query: [("recursive", "true"), ("expand", "false")])
    for _ in 0..<Self.maximumPages {
      guard let url = page else { return files }
      let arrival = try client.get(url)
      for entry in try json(of: arrival).elements() {
        if let file = try Self.file(entry) { files.append(file) }
      }
      page = arrival.head["Link"].flatMap { nextPage($0, after: url) }
    }
    throw HubError.answer(host: Origin(endpoint).host, reason: "a listing without end")
  }

  /// Mirrors hand on the Hub's own address; what follows must come from the mirror too.
  private func nextPage(_ link: String, after url: URL) -> URL? {
    let next = link.split(separator: ",").first { $0.contains("rel=\"next\"") }
    guard let address = next?.split(separator: ">").first?.split(separator: "<").last,
      let found = URL(string: String(address), relativeTo: url)?.absoluteURL,
      let parts = URLComponents(url: found, resolvingAgainstBaseURL: true),
      var own = URLComponents(url: url, resolvingAgainstBaseURL: true)
    else { return nil }
    own.percentEncodedQuery = parts.percentEncodedQuery
    return own.url
  }

  private static func file(_ entry: Field) throws -> RepositoryFile? {
    guard try entry.required("type").string() == "file" else { return nil }
    let gitHash = try entry.required("oid").string()
    let large = try entry.optional("lfs")
    let checksum: Checksum? =
      if let large {
        try Checksum(sha256: large.required("oid").string())
      } else {
        Checksum(gitBlob: gitHash)
      }
    guard let checksum else { throw entry.place.key("oid").unsupported("this kind of hash") }
    return RepositoryFile(
      path: try entry.required("path").string(), size: try (large ?? entry).required("size").size(),
      checksum: checksum, gitHash: gitHash, xetHash: try entry.optional("xetHash")?.string())
  }

  func address(of file: String, commit: String) -> URL {
    endpoint.below(parts + ["resolve", commit] + file.split(separator: "/").map(String.init))
  }

  func refusal(_ arrival: Client.Arrival, file: String) -> HubError {
    let head = arrival.head
    let host = Origin(arrival.url).host
    let message = head["X-Error-Message"] ?? ""
    switch head["X-Error-Code"] {
    case "RepoNotFound":
      return .notFound(name: "\(name)", host: host, isKnown: client.isKnown, nearest: nearest())
    case "RevisionNotFound":
      return .revisionUnknown(name: name.repository, revision: name.branch, known: revisions())
    case "EntryNotFound": return .noFile(name: "\(name)", file: file)
    case "GatedRepo":
      let page = endpoint.below(parts).absoluteString
      return .gated(name: name.repository, page: page, isKnown: client.isKnown)
    default: break
    }
    if head.status == 401 {
      return client.isKnown
        ? .tokenRefused(host: host)
        : .notFound(name: "\(name)", host: host, isKnown: false, nearest: nearest())
    }
    if head.status == 403, message.contains("disabled") {
      return .disabled(name: "\(name)", reason: message)
    }
    return refusal(byStatus: arrival)
  }

  // MARK: What else there is

  /// Names like the one that is not there; none where the Hub does not answer.
  private func nearest() -> [String] {
    var found = Catalogue.repositories
    let searches = [("search", parts.last ?? ""), ("author", parts.first ?? "")]
    for search in searches {
      let answer = try? json(
        of: client.get(endpoint.below(["api", "models"], query: [search, ("limit", "100")])))
      found += (try? answer?.elements().map { try $0.required("id").string() }) ?? []
    }
    return NearestNames.of(name.repository, among: found)
  }

  private func revisions() -> [String] {
    let refs = try? json(of: client.get(endpoint.below(api + ["refs"])))
    return ["branches", "tags"].flatMap { kind in
      (try? refs?.optional(kind)?.elements().map { try $0.required("name").string() }) ?? []
    }
  }
}

extension Field {
  /// The size of a file, which a 32-bit number does not hold.
  func size() throws -> Int {
    guard let number = value.number, let size = Int(exactly: number), size >= 0 else {
      throw wrongType("a number of bytes")
    }
    return size
  }
}
