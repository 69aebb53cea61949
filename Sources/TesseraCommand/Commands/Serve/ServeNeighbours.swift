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

  /// - Throws: `ChatError`.
  func apply(to settings: inout ServiceSettings) throws {
    settings.origins = Set(cors)
    if let allowUrls {
      let hosts = allowUrls.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
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
