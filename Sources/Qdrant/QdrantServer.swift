import Foundation
import TesseraHTTP
import TesseraJSON

/// Speaks with a Qdrant server over REST.
///
/// All that is asked here may be asked twice: points are named by their ids. So what fails on the way,
/// or because the server is busy, is tried again.
package struct QdrantServer: Sendable {
  private let address: URL
  private let key: String?
  private let transport: any Transport
  private let pause: Double

  private static let attempts = 5
  /// Longer than this nobody waits for a busy server.
  private static let longestPause = 60.0
  private static let longestAnswer = 1 << 30

  /// - Parameters:
  ///   - address: http://HOST:PORT or https://….
  ///   - key: sent as `api-key`, and shown nowhere.
  ///   - pause: seconds before the second try; each further pause is twice as long.
  /// - Throws: `QdrantError` where the key would be seen by others.
  package init(
    _ address: URL, key: String?, transport: any Transport, pause: Double = 0.25
  ) throws {
    let key = key.flatMap { $0.isEmpty ? nil : $0 }
    let origin = Origin(address)
    if let key {
      guard key.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) }) else {
        throw QdrantError.unusableKey
      }
      guard origin.keepsSecrets else { throw QdrantError.keyInTheClear(host: origin.host) }
    }
    self.address = address
    self.key = key
    self.transport = transport
    self.pause = pause
  }

  var host: String { Origin(address).description }

  /// Sends a request, and gives the member `result` of the answer, verbatim.
  ///
  /// - Parameter path: its parts, each as it is.
  /// - Throws: `QdrantError`.
  func call(_ method: String, _ path: [String], wait: Bool = false, _ body: String? = nil) throws
    -> String
  {
    try call(method, path, wait: wait, body) { json in
      var result = "null"
      try json.readObject { key, json in
        if key == "result" { result = try json.readVerbatim() } else { try json.skipValue() }
      }
      return result
    }
  }

  /// The release that the server says it is.
  func version() throws -> String? {
    try call("GET", [], nil) { json in
      var version: String?
      try json.readObject { key, json in
        if key == "version" { version = try json.readString() } else { try json.skipValue() }
      }
      return version
    }
  }

  private func call<Result>(
    _ method: String, _ path: [String], wait: Bool = false, _ body: String?,
    _ read: (inout JSONReader) throws -> Result
  ) throws -> Result {
    let answer = try answer(to: request(method, path, wait: wait, body))
    do {
      return try answer.withUnsafeBytes { try JSONReader.read($0, read) }
    } catch let error as JSONError {
      throw QdrantError.answer(host: host, reason: "an answer that is not Qdrant's: \(error)")
    }
  }

  private func request(
    _ method: String, _ path: [String], wait: Bool, _ body: String?
  ) -> HTTPRequest {
    var url = address
    for part in path { url.append(path: part) }
    if path.isEmpty { url.append(path: "/") }
    if wait { url.append(queryItems: [URLQueryItem(name: "wait", value: "true")]) }
    var headers = ["Accept": "application/json"]
    if body != nil { headers["Content-Type"] = "application/json" }
    headers["api-key"] = key
    return HTTPRequest(method: method, url: url, headers: headers, body: body.map { Data($0.utf8) })
  }

  private func answer(to request: HTTPRequest) throws -> Data {
    var wait = pause
    for attempt in 1... {
      do {
        return try once(request)
      } catch let failure as Failure {
        guard failure.isPassing, attempt < Self.attempts else { throw failure.error }
        Thread.sleep(forTimeInterval: min(failure.seconds ?? wait, Self.longestPause))
        wait *= 2
      }
    }
    preconditionFailure("there is a last try")
  }

  private struct Failure: Error {
    let error: QdrantError
    let isPassing: Bool
    /// After which the server wants to be asked again.
    var seconds: Double?
  }

  private func once(_ request: HTTPRequest) throws -> Data {
    let head: HTTPHead
    let body: Data?
    do {
      let answer = try transport.send(request)
      head = answer.head
      body = try answer.body(limit: Self.longestAnswer)
    } catch let error as TransportError {
      let isPassing = if case .notTrusted = error { false } else { true }
      throw Failure(error: .connection(host: host, error), isPassing: isPassing)
    }
    guard let body else {
      throw Failure(error: .answer(host: host, reason: "an endless answer"), isPassing: false)
    }
    switch head.status {
    case 200..<300: return body
    case 401, 403:
      throw Failure(error: .refused(host: host, isKnown: key != nil), isPassing: false)
    default:
      throw Failure(
        error: .status(host: host, head.status, reason: Self.reason(body)),
        isPassing: head.status == 429 || head.status == 408 || head.status >= 500,
        seconds: head["Retry-After"].flatMap { Double($0) }.map { max(0, $0) })
    }
  }

  /// What the server says of an error, or the beginning of what stands in its place.
  private static func reason(_ body: Data) -> String {
    let value = try? body.withUnsafeBytes { try JSONReader.read($0) { try $0.readValue() } }
    if let said = value?["status"]?["error"]?.string { return said }
    let text = String(decoding: body.prefix(200), as: UTF8.self)
    return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
