import Foundation

/// Scheme, host and port: what a token is for.
package struct Origin: Hashable, Sendable, CustomStringConvertible {
  private let scheme: String
  package let host: String
  let port: Int

  package init(_ url: URL) {
    scheme = url.scheme?.lowercased() ?? ""
    host = url.host()?.lowercased() ?? ""
    port = url.port ?? (scheme == "https" ? 443 : 80)
  }

  package var description: String { "\(scheme)://\(host):\(port)" }

  package var isEncrypted: Bool { scheme == "https" }

  /// Whether a secret may travel there: encrypted, or without leaving the machine.
  package var keepsSecrets: Bool {
    isEncrypted || ["localhost", "127.0.0.1", "::1"].contains(host)
  }
}
