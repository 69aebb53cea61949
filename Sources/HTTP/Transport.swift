import Foundation

/// Sends one request and follows nothing: who may see a token is decided above it, hop by hop.
package protocol Transport: Sendable {
  /// Sends a request and waits for the head of its answer.
  /// - Throws: `TransportError`.
  func send(_ request: HTTPRequest) throws -> any HTTPAnswer
}

package struct HTTPRequest: Sendable {
  /// GET, POST, ….
  package let method: String
  package let url: URL
  package let headers: [String: String]
  /// Nil where nothing is sent behind the head.
  package let body: Data?
  /// What is connected to, whatever the host's name means now, and no proxy; nil for no matter.
  package let address: HostAddress?
  /// Seconds that all of it may take; nil for no limit.
  package let seconds: Int?

  package init(
    method: String = "GET", url: URL, headers: [String: String] = [:], body: Data? = nil,
    address: HostAddress? = nil, seconds: Int? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.address = address
    self.seconds = seconds
  }
}

/// An answer whose body is read piece by piece; the connection is dropped with the last reference.
package protocol HTTPAnswer: AnyObject {
  var head: HTTPHead { get }

  /// The next bytes, and nil after the last ones.
  /// - Throws: `TransportError` where the connection breaks off or falls silent.
  func next() throws -> Data?
}

extension HTTPAnswer {
  /// All bytes that are left; nil where they are more than `limit`.
  /// - Throws: `TransportError`.
  package func body(limit: Int) throws -> Data? {
    var body = Data()
    while let piece = try next() {
      body.append(piece)
      guard body.count <= limit else { return nil }
    }
    return body
  }
}

/// Status and headers of an answer.
package struct HTTPHead: Sendable {
  package let status: Int
  private let fields: [String: String]

  package init(status: Int, fields: [String: String]) {
    self.status = status
    self.fields = Dictionary(
      fields.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The value of a header; case does not matter.
  package subscript(name: String) -> String? { fields[name.lowercased()] }

  package var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }

  /// Whether the body is a page for people, as portals and proxies put in place of a file.
  package var isPage: Bool { self["Content-Type"]?.lowercased().hasPrefix("text/html") == true }
}

/// Why no answer came, or not all of it.
package enum TransportError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreachable(reason: String)
  /// No byte came for as long as the caller was ready to wait.
  case silent
  /// The connection ended before the body did.
  case brokenOff(reason: String)
  case notTrusted(reason: String)

  /// What is said behind the name of the host.
  package var description: String {
    switch self {
    case .unreachable(let reason): "cannot be reached: \(reason)"
    case .silent: "stays silent"
    case .brokenOff(let reason): "broke off: \(reason)"
    case .notTrusted(let reason):
      "cannot be trusted: \(reason) (this machine's clock says \(Date.now.formatted(.iso8601)); "
        + "SSL_CERT_FILE names certificates of one's own)"
    }
  }
}
