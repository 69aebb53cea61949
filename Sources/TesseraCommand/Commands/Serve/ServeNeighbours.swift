import ArgumentParser
import Foundation
import TesseraChat
import TesseraHTTP
import TesseraServing

/// Whom a server asks, and whose pages may ask it.
struct ServeNeighbours: CheckedArguments {
  @Option(
    help: ArgumentHelp(
      "Hosts, separated by commas, from which pictures by http and https addresses are fetched, with a "
        + "port where it is not the usual one; never from private nets. Without it none is fetched."
    ))
  var allowUrls: String?
  @Option(
    help: "An origin, as https://example.org, whose pages may ask; may be repeated. * for all.")
  var cors: [String] = []
  @Option(help: "The chat model that answers /v1/ask from what an index finds: URL#MODEL.")
  var chat: String?
  @Option(help: "How it is spoken to: chat, responses, ollama, anthropic or gemini.")
  var chatApi: ChatModel.API?

  func check() throws {
    for origin in cors where origin != "*" && !Self.isOrigin(origin) {
      throw ValidationError("--cors \(origin): expected an origin, as https://example.org, or *.")
    }
    for host in allowedHosts ?? [] where !Self.isHost(host) {
      throw ValidationError(
        "--allow-urls \(host): expected the name of a host, with a port where it is not the usual one,"
          + " as images.example.org or images.example.org:8443; no scheme and no path.")
    }
    if let chat {
      do { _ = try ChatModel(chat, api: chatApi) } catch { throw ValidationError("\(error)") }
    }
  }

  /// As browsers send it: scheme, host, and a port that is not the scheme's.
  private static func isOrigin(_ text: String) -> Bool {
    guard let url = URLComponents(string: text), let scheme = url.scheme, url.host != nil else {
      return false
    }
    return ["http", "https"].contains(scheme) && url.path.isEmpty && url.query == nil
      && url.fragment == nil && url.user == nil && text == text.lowercased()
  }

  private var allowedHosts: [String]? {
    allowUrls?.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }

  /// A name as addresses have it, of ASCII, and perhaps a port.
  private static func isHost(_ text: String) -> Bool {
    let parts = text.lowercased().split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let isName = parts[0].utf8.allSatisfy { byte in
      [0x2D, 0x2E].contains(byte) || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }
    guard isName, !parts[0].isEmpty else { return false }
    return parts.count == 1 || (UInt16(parts[1]) ?? 0) > 0
  }

  /// - Throws: `ChatError`.
  func apply(to settings: inout ServiceSettings) throws {
    settings.origins = Set(cors)
    if let hosts = allowedHosts {
      settings.fetchingPictures = PictureFetcher(hosts: hosts, limit: settings.bodyBytes).fetching
    }
    guard let chat else { return }
    let model = try ChatModel(chat, api: chatApi)
    let server = try ChatServer(
      model, environment: ProcessInfo.processInfo.environment,
      transport: CurlTransport(patience: 300))
    settings.chat = AnsweringModel(
      name: String(chat.split(separator: "#").last ?? ""), server: server)
  }
}

/// Fetches pictures on threads of its own, a few at a time.
private struct PictureFetcher {
  private let fetch: GuardedFetch
  private let places = ByteBudget(16)

  init(hosts: [String], limit: Int) {
    fetch = GuardedFetch(hosts: hosts, limit: limit, transport: CurlTransport(patience: 10))
  }

  var fetching: PictureFetching {
    { [fetch, places] address, name in
      guard places.reserve(1) else {
        throw Problem(.overloaded, "too many pictures are being fetched", retryAfter: 5)
      }
      defer { places.release(1) }
      return try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
          continuation.resume(
            with: Result {
              do {
                return try fetch(address)
              } catch {
                throw Problem(.invalid, "\(name): \(error)", field: "input")
              }
            })
        }
      }
    }
  }
}
