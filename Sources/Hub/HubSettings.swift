import Foundation
import TesseraHTTP

/// Where models come from and where they are kept, by the variables that huggingface_hub reads.
package struct HubSettings: Sendable {
  /// Where the Hub's API stands, without a slash at the end.
  package var endpoint: URL
  package var modelScopeEndpoint: URL
  package let token: String?
  package let modelScopeToken: String?
  /// The folder with `models--ORGANISATION--NAME` in it.
  package let hubCache: String
  /// What ModelScope's own client has fetched: ORGANISATION/NAME/….
  package let modelScopeFolders: String
  /// What this package keeps of its own: converted models, and those of ModelScope.
  package let home: String
  /// The variable that forbids requests, where one does.
  package let offlineVariable: String?
  /// Seconds without a byte after which a connection counts as broken off.
  package let patience: Double

  static let hub = "https://huggingface.co"

  /// - Throws: `HubError` where an address is none.
  package init(environment: [String: String], homeFolder: String) throws {
    func value(_ names: String...) -> String? {
      names.lazy.compactMap { environment[$0] }
        .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.first { !$0.isEmpty }
    }
    func expanded(_ path: String) -> String {
      path == "~" || path.hasPrefix("~/") ? homeFolder + path.dropFirst() : path
    }
    func isTrue(_ name: String) -> Bool {
      ["1", "ON", "YES", "TRUE"].contains(value(name)?.uppercased() ?? "")
    }
    let caches = value("XDG_CACHE_HOME").map(expanded) ?? "\(homeFolder)/.cache"
    let hubHome = value("HF_HOME").map(expanded) ?? "\(caches)/huggingface"
    hubCache =
      value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE").map(expanded) ?? "\(hubHome)/hub"
    home = value("TESSERA_HOME").map(expanded) ?? "\(caches)/tessera"
    let modelScope = value("MODELSCOPE_CACHE").map(expanded) ?? "\(caches)/modelscope/hub"
    modelScopeFolders = "\(modelScope)/models"
    endpoint = try Self.address(value("HF_ENDPOINT") ?? Self.hub)
    let domain = value("MODELSCOPE_DOMAIN") ?? "www.modelscope.cn"
    modelScopeEndpoint = try Self.address(domain.contains("://") ? domain : "https://\(domain)")
    modelScopeToken = value("MODELSCOPE_API_TOKEN")
    offlineVariable = ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"].first(where: isTrue)
    patience = value("HF_HUB_DOWNLOAD_TIMEOUT").flatMap(Double.init) ?? 10
    let file = value("HF_TOKEN_PATH").map(expanded) ?? "\(hubHome)/token"
    if let given = value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") {
      token = given
    } else if isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
      token = nil
    } else {
      let kept = try? String(contentsOfFile: file, encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      token = kept.flatMap { $0.isEmpty ? nil : $0 }
    }
  }

  /// An endpoint as variables and options spell it.
  package static func address(_ text: String) throws -> URL {
    let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
    guard let url = URL(string: trimmed), let scheme = url.scheme?.lowercased(),
      ["http", "https"].contains(scheme), url.host()?.isEmpty == false
    else {
      throw HubError.answer(host: text, reason: "expected an address such as \(hub)")
    }
    return url
  }

  /// The client that asks where a model comes from.
  func client(for source: ModelSource, transport: any Transport) -> Client {
    let credential: Client.Credential? =
      switch source {
      case .hub:
        token.map {
          .init(origin: Origin(endpoint), header: "Authorization", value: "Bearer \($0)")
        }
      case .modelScope:
        modelScopeToken.map {
          .init(origin: Origin(modelScopeEndpoint), header: "Cookie", value: "m_session_id=\($0)")
        }
      }
    return Client(transport: transport, credential: credential)
  }

  /// What the user should know of where the token goes.
  func tokenNote(for source: ModelSource) -> String? {
    guard source == .hub, token != nil else { return nil }
    let origin = Origin(endpoint)
    guard origin.keepsSecrets else {
      return "\(origin.host) gets no token: the address is not encrypted"
    }
    return origin == Origin(URL(string: Self.hub) ?? endpoint)
      ? nil : "your Hugging Face token goes to \(origin.host)"
  }
}
