import Foundation

/// Fetches from a list of hosts what others name, and never from this machine or its nets.
///
/// A name is resolved once, all its addresses are checked, and one that was checked is connected to:
/// what a name means later changes nothing. Redirects are followed here, each as strictly.
package struct GuardedFetch: Sendable {
  private let hosts: Set<String>
  private let limit: Int
  private let transport: any Transport
  private let resolve: @Sendable (String) -> [HostAddress]

  private static let hops = 4
  private static let seconds = 15

  /// - Parameters:
  ///   - hosts: names, or NAME:PORT for a port that is not the scheme's.
  ///   - limit: bytes of an answer at most.
  package init(
    hosts: [String], limit: Int, transport: any Transport,
    resolve: @escaping @Sendable (String) -> [HostAddress] = HostAddress.all
  ) {
    self.hosts = Set(hosts.map { $0.lowercased() })
    self.limit = limit
    self.transport = transport
    self.resolve = resolve
  }

  package enum Refusal: Error, Equatable, CustomStringConvertible {
    case address
    case host(String)
    case privateHost(String)
    case unknownHost(String)
    case redirects
    case status(host: String, Int)
    case tooLarge(limit: Int)
    case failed(host: String, TransportError)

    package var description: String {
      switch self {
      case .address: "no address that is fetched from: http or https, a host by its name, no user"
      case .host(let host): "\(host) is none of the hosts that this server fetches from"
      case .privateHost(let host): "\(host) leads into a private net"
      case .unknownHost(let host): "\(host) has no address"
      case .redirects: "more than \(GuardedFetch.hops) redirects"
      case .status(let host, let status): "\(host) answers \(status)"
      case .tooLarge(let limit): "more than \(limit) bytes"
      case .failed(let host, let error): "\(host) \(error)"
      }
    }
  }

  /// - Throws: `Refusal`.
  package func callAsFunction(_ address: String) throws(Refusal) -> Data {
    var url = try Self.url(address, from: nil)
    for _ in 0...Self.hops {
      let host = url.host() ?? ""
      do {
        let answer = try transport.send(
          HTTPRequest(url: url, address: try checked(url), seconds: Self.seconds))
        if answer.head.isRedirect, let next = answer.head["Location"] {
          url = try Self.url(next, from: url)
          continue
        }
        guard answer.head.status == 200 else {
          throw Refusal.status(host: host, answer.head.status)
        }
        guard let body = try answer.body(limit: limit) else { throw Refusal.tooLarge(limit: limit) }
        return body
      } catch let error as TransportError {
        throw .failed(host: host, error)
      } catch let refusal as Refusal {
        throw refusal
      } catch {
        throw .failed(host: host, .brokenOff(reason: "\(error)"))
      }
    }
    throw .redirects
  }

  /// The address that is connected to.
  private func checked(_ url: URL) throws(Refusal) -> HostAddress {
    let host = url.host() ?? ""
    guard hosts.contains(url.port.map { "\(host):\($0)" } ?? host) else { throw .host(host) }
    let addresses = resolve(host)
    guard let first = addresses.first else { throw .unknownHost(host) }
    // One that is private beside others would be a way around.
    guard addresses.allSatisfy(\.isPublic) else { throw .privateHost(host) }
    return first
  }

  /// Written anew of its parts, so that whoever reads it next reads the same host.
  private static func url(_ text: String, from base: URL?) throws(Refusal) -> URL {
    guard let given = URL(string: text, relativeTo: base)?.absoluteURL,
      let scheme = given.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = given.host()?.lowercased(), given.user == nil, given.password == nil,
      !host.isEmpty,
      host.utf8.allSatisfy({ byte in
        [0x2D, 0x2E].contains(byte) || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
      })
    else { throw .address }
    var parts = URLComponents()
    parts.scheme = scheme
    parts.host = host
    let standard = scheme == "https" ? 443 : 80
    if let port = given.port, port != standard { parts.port = port }
    let own = URLComponents(url: given, resolvingAgainstBaseURL: true)
    parts.percentEncodedPath = own?.percentEncodedPath ?? ""
    parts.percentEncodedQuery = own?.percentEncodedQuery
    guard let url = parts.url else { throw .address }
    return url
  }
}
