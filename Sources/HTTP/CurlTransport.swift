import CTesseraCurl
import Foundation

/// libcurl, which knows the proxies of the environment and the system's certificates, and follows no
/// redirect: who may see a token is decided above it.
package final class CurlTransport: Transport {
  private let patience: Double

  private static let isReady = curl_set_up() != 0

  /// - Parameter patience: seconds without a byte after which an answer counts as broken off.
  package init(patience: Double) { self.patience = patience }

  package func send(_ request: HTTPRequest) throws -> any HTTPAnswer {
    guard Self.isReady else {
      throw TransportError.unreachable(reason: "there is no libcurl to be loaded")
    }
    let exchange = Exchange()
    let transfer = CurlTransfer(request, patience: patience, exchange)
    let thread = Thread { transfer.run() }
    thread.name = "transfer"
    thread.start()
    return try CurlAnswer(exchange)
  }
}

private final class CurlAnswer: HTTPAnswer {
  let head: HTTPHead
  private let exchange: Exchange
  private var isAtEnd = false

  init(_ exchange: Exchange) throws {
    self.exchange = exchange
    switch exchange.take() {
    case .head(let head): self.head = head
    case .bytes: throw TransportError.brokenOff(reason: "a body without a head")
    case .end(let error): throw error ?? .brokenOff(reason: "no answer")
    }
  }

  deinit { if !isAtEnd { exchange.abandon() } }

  func next() throws -> Data? {
    guard !isAtEnd else { return nil }
    switch exchange.take() {
    case .bytes(let bytes): return bytes
    case .head: preconditionFailure("an answer has one head")
    case .end(let error):
      isAtEnd = true
      if let error { throw error }
      return nil
    }
  }
}

/// One request, on a thread of its own.
private struct CurlTransfer: Sendable {
  private let request: HTTPRequest
  private let patience: Int
  private let exchange: Exchange

  init(_ request: HTTPRequest, patience: Double, _ exchange: Exchange) {
    self.request = request
    self.patience = max(1, Int(patience.rounded(.up)))
    self.exchange = exchange
  }

  func run() {
    _ = exchange.add(.end(perform()))
  }

  /// Certificates that are trusted in place of the system's, as OpenSSL's own programs have it; libcurl
  /// by itself passes this over.
  private static let certificates =
    ProcessInfo.processInfo.environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }

  /// The request's fields, as a list that the caller frees.
  private func headers() -> UnsafeMutablePointer<curl_slist>? {
    // Sizes and hashes are those of the bytes as they are stored.
    var fields = ["Accept-Encoding": "identity", "User-Agent": "tessera"]
    fields.merge(request.headers) { $1 }
    // A body goes out at once, without asking whether it may.
    if request.body != nil { fields["Expect"] = "" }
    return fields.reduce(nil) { list, field in
      curl_append(list, field.value.isEmpty ? "\(field.key):" : "\(field.key): \(field.value)")
    }
  }

  /// - Returns: why the answer did not come whole.
  private func perform() -> TransportError? {
    guard let curl = curl_make() else { return .unreachable(reason: "libcurl has no memory") }
    defer { curl_free_handle(curl) }
    let headers = headers()
    defer { curl_free_list(headers) }
    curl_set_string(curl, CURLOPT_URL, request.url.absoluteString)
    curl_set_string(curl, CURLOPT_PROTOCOLS_STR, "http,https")
    curl_set_list(curl, CURLOPT_HTTPHEADER, headers)
    if let file = Self.certificates { curl_set_string(curl, CURLOPT_CAINFO, file) }
    for (option, value) in [
      // Signals belong to the process.
      (CURLOPT_NOSIGNAL, 1), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
      (CURLOPT_CONNECTTIMEOUT, patience), (CURLOPT_LOW_SPEED_LIMIT, 1),
      (CURLOPT_LOW_SPEED_TIME, patience),
    ] {
      curl_set_number(curl, option, value)
    }
    if let seconds = request.seconds { curl_set_number(curl, CURLOPT_TIMEOUT, seconds) }
    var addresses: UnsafeMutablePointer<curl_slist>?
    defer { curl_free_list(addresses) }
    if let address = request.address {
      let origin = Origin(request.url)
      addresses = curl_append(nil, "\(origin.host):\(origin.port):\(address)")
      curl_set_list(curl, CURLOPT_RESOLVE, addresses)
      curl_set_string(curl, CURLOPT_PROXY, "")
    }
    let receiver = CurlReceiver(exchange)
    return withExtendedLifetime(receiver) {
      curl_set_receivers(
        curl, receiveHeader, receiveBody, Unmanaged.passUnretained(receiver).toOpaque())
      guard let body = request.body else {
        if request.method != "GET" {
          curl_set_string(curl, CURLOPT_CUSTOMREQUEST, request.method)
        }
        return TransportError(curl_run(curl))
      }
      // What is sent is not copied.
      return body.withUnsafeBytes { bytes in
        curl_set_body(curl, bytes.baseAddress, bytes.count)
        curl_set_string(curl, CURLOPT_CUSTOMREQUEST, request.method)
        return TransportError(curl_run(curl))
      }
    }
  }
}

/// Gathers the lines of a head, and hands on the body.
private final class CurlReceiver {
  private let exchange: Exchange
  private var status = 0
  private var fields: [String: String] = [:]

  init(_ exchange: Exchange) { self.exchange = exchange }

  /// - Returns: false to break off.
  func take(header line: String) -> Bool {
    if line.hasPrefix("HTTP/") {
      status = Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
      fields = [:]
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...]
      fields[line[..<colon].lowercased()] = value.trimmingCharacters(in: .whitespaces)
    } else if line.isEmpty, status >= 200 {
      return exchange.add(.head(HTTPHead(status: status, fields: fields)))
    }
    return true
  }

  func take(body: Data) -> Bool { exchange.add(.bytes(body)) }
}

private func receiveHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let bytes, let context else { return 0 }
  let receiver = Unmanaged<CurlReceiver>.fromOpaque(context).takeUnretainedValue()
  let line = String(
    decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
  return receiver.take(header: line.trimmingCharacters(in: .newlines)) ? size * count : 0
}

private func receiveBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let bytes, let context else { return 0 }
  let receiver = Unmanaged<CurlReceiver>.fromOpaque(context).takeUnretainedValue()
  return receiver.take(body: Data(bytes: bytes, count: size * count)) ? size * count : 0
}

extension TransportError {
  /// Nil for success.
  fileprivate init?(_ code: CURLcode) {
    let reason = String(cString: curl_reason(code))
    switch code {
    case CURLE_OK: return nil
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT:
      self = .unreachable(reason: reason)
    case CURLE_OPERATION_TIMEDOUT: self = .silent
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS:
      self = .notTrusted(reason: reason)
    default: self = .brokenOff(reason: reason)
    }
  }
}
