import Foundation
import TesseraHTTP

/// Follows redirects as far as they may be followed, and shows a token to its own host alone.
struct Client: Sendable {
  private let transport: any Transport
  private let credential: Credential?

  /// A header that proves who asks, and the one place that may see it.
  struct Credential: Sendable {
    let origin: Origin
    let header: String
    let value: String
  }

  /// An answer that is no redirect.
  struct Arrival {
    let answer: any HTTPAnswer
    /// Where it came from in the end.
    let url: URL
    var head: HTTPHead { answer.head }
  }

  private static let maximumHops = 5
  /// Listings have kilobytes; nothing that is read at once is larger than this.
  private static let maximumText = 64 << 20

  init(transport: any Transport, credential: Credential?) {
    self.transport = transport
    self.credential = credential
  }

  var isKnown: Bool { credential != nil }

  /// Sends a GET, and again to where it is sent on.
  /// - Throws: `TransportError`, `HubError`.
  func get(_ url: URL, headers: [String: String] = [:]) throws -> Arrival {
    var url = url
    for _ in 0...Self.maximumHops {
      let origin = Origin(url)
      var headers = headers
      if let credential, credential.origin == origin, origin.keepsSecrets {
        headers[credential.header] = credential.value
      }
      let answer: any HTTPAnswer
      do {
        answer = try transport.send(HTTPRequest(url: url, headers: headers))
      } catch let error as TransportError {
        throw HubError.connection(host: origin.host, error)
      }
      guard answer.head.isRedirect else { return Arrival(answer: answer, url: url) }
      guard let place = answer.head["Location"],
        let next = URL(string: place, relativeTo: url)?.absoluteURL
      else { throw HubError.redirect(host: origin.host, reason: "a redirect to nowhere") }
      let scheme = next.scheme?.lowercased()
      guard scheme == "https" || (scheme == "http" && !origin.isEncrypted) else {
        throw HubError.redirect(
          host: origin.host, reason: "a redirect from an encrypted address to \(scheme ?? "none")")
      }
      url = next
    }
    throw HubError.redirect(host: Origin(url).host, reason: "redirects without end")
  }

  /// The whole body of an answer.
  func text(of arrival: Arrival) throws -> Data {
    do {
      guard let body = try arrival.answer.body(limit: Self.maximumText) else {
        throw HubError.answer(host: Origin(arrival.url).host, reason: "an endless listing")
      }
      return body
    } catch let error as TransportError {
      throw HubError.connection(host: Origin(arrival.url).host, error)
    }
  }
}
