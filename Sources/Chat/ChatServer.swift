import Foundation
import TesseraHTTP
import TesseraJSON

/// Asks a chat model, and hands on its answer piece by piece.
package struct ChatServer: Sendable {
  private let dialect: any ChatDialect
  private let key: String?
  private let keyVariable: String
  private let transport: any Transport
  private let pause: Double

  private static let attempts = 3
  /// Longer than this nobody waits for a busy server.
  private static let longestPause = 60.0
  private static let longestAnswer = 64 << 20

  /// - Parameters:
  ///   - variable: the one that holds the key, in place of the dialect's.
  ///   - pause: seconds before the second try; each further pause is twice as long.
  /// - Throws: `ChatError` where the key would be seen by others.
  package init(
    _ model: ChatModel, environment: [String: String], keyVariable variable: String? = nil,
    transport: any Transport, pause: Double = 1
  ) throws {
    dialect = model.dialect
    keyVariable = variable ?? dialect.keyVariable
    let key = environment[keyVariable]?.trimmingCharacters(in: .whitespacesAndNewlines)
    self.key = key.flatMap { $0.isEmpty ? nil : $0 }
    let origin = Origin(dialect.url)
    if let key = self.key {
      guard key.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) }) else {
        throw ChatError.unusableKey(variable: keyVariable)
      }
      guard origin.keepsSecrets else {
        throw ChatError.keyInTheClear(host: origin.host, variable: keyVariable)
      }
    }
    self.transport = transport
    self.pause = pause
  }

  private var host: String { Origin(dialect.url).description }

  /// The request as it would be sent, pictures and key left out, as one line of JSON.
  package func description(of request: ChatRequest) -> String {
    JSONWriter.line { object in
      object.member("method", "POST")
      object.member("url", dialect.url.absoluteString)
      object.object("headers") { object in
        for (name, value) in dialect.headers.sorted(by: { $0.key < $1.key }) {
          object.member(name, value)
        }
        if key != nil { object.member(dialect.header(key: "").name, "… of \(keyVariable)") }
      }
      object.member("body") {
        $0.writeRaw(dialect.body(request, isAbbreviated: true, alternative: false))
      }
    }
  }

  /// Asks, and gives why the answer ended: stop, length, or another word of the server's.
  ///
  /// It is asked again only where nothing was answered.
  /// - Parameter piece: takes each piece of the answer, whole characters.
  /// - Throws: `ChatError`, or what `piece` throws.
  package func ask(_ request: ChatRequest, _ piece: (String) throws -> Void) throws -> String {
    let answer = try answer(to: request)
    let type = answer.head["Content-Type"]?.lowercased() ?? ""
    var reading = Reading(dialect: dialect, host: host)
    if type.contains("application/json") {
      return try reading.whole(try body(of: answer), redacted, piece)
    }
    return try reading.stream(answer, redacted, piece)
  }

  // MARK: Sending

  private func answer(to request: ChatRequest) throws -> any HTTPAnswer {
    var wait = pause
    var isAlternative = false
    for attempt in 1... {
      do {
        let answer = try send(request, isAlternative)
        let status = answer.head.status
        guard status != 200 else { return answer }
        let reason = redacted(Self.reason(try? body(of: answer), answer.head))
        if status == 400, !isAlternative, dialect.wantsAlternative(reason) {
          isAlternative = true
          continue
        }
        let isPassing = status == 429 || status == 408 || status >= 500
        guard isPassing, attempt < Self.attempts else { throw failure(status, reason) }
        let asked = answer.head["Retry-After"].flatMap { Double($0) }
        if let asked, asked > Self.longestPause { throw failure(status, reason) }
        Thread.sleep(forTimeInterval: max(0, asked ?? wait))
      } catch let error as TransportError {
        guard case .unreachable = error, attempt < Self.attempts else {
          throw ChatError.connection(host: host, error)
        }
        Thread.sleep(forTimeInterval: wait)
      }
      wait *= 2
    }
    preconditionFailure("there is a last try")
  }

  private func send(_ request: ChatRequest, _ isAlternative: Bool) throws -> any HTTPAnswer {
    let body = dialect.body(request, isAbbreviated: false, alternative: isAlternative)
    var headers = dialect.headers
    headers["Content-Type"] = "application/json"
    return try transport.send(
      HTTPRequest(
        method: "POST", url: dialect.url, headers: withKey(headers), body: Data(body.utf8)))
  }

  private func withKey(_ headers: [String: String]) -> [String: String] {
    guard let key else { return headers }
    let header = dialect.header(key: key)
    return headers.merging([header.name: header.value]) { $1 }
  }

  private func body(of answer: any HTTPAnswer) throws -> Data {
    do {
      guard let body = try answer.body(limit: Self.longestAnswer) else {
        throw ChatError.answer(host: host, reason: "an endless answer")
      }
      return body
    } catch let error as TransportError {
      throw ChatError.connection(host: host, error)
    }
  }

  // MARK: Errors

  private func failure(_ status: Int, _ reason: String) -> ChatError {
    switch status {
    case 401, 403:
      .refused(host: host, variable: keyVariable, isKnown: key != nil, reason: reason)
    case 404: .noModel(host: host, reason: reason, known: (try? models()) ?? [])
    default: .status(host: host, status, reason: reason)
    }
  }

  /// Names of the models that the server has.
  private func models() throws -> [String] {
    guard let url = dialect.modelsURL else { return [] }
    let answer = try transport.send(HTTPRequest(url: url, headers: withKey([:])))
    guard answer.head.status == 200 else { return [] }
    let value = try body(of: answer).withUnsafeBytes {
      try JSONReader.read($0) { try $0.readValue() }
    }
    return (value["data"] ?? value["models"])?.array?
      .compactMap { ($0["id"] ?? $0["name"])?.string } ?? []
  }

  /// A key that a server repeats stays secret.
  private func redacted(_ text: String) -> String {
    key.map { text.replacingOccurrences(of: $0, with: "…") } ?? text
  }

  /// What an answer says of its error, or the beginning of what stands in its place.
  private static func reason(_ body: Data?, _ head: HTTPHead) -> String {
    guard let body else { return "" }
    if let value = try? body.withUnsafeBytes({ try JSONReader.read($0) { try $0.readValue() } }),
      let reason = reason(in: value, requiringError: false)
    {
      return reason
    }
    if head.isPage { return "a web page, not an answer: a proxy or another server is there" }
    return String(decoding: body.prefix(300), as: UTF8.self)
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// An error's text in any of the shapes that servers give it.
  static func reason(in value: JSONValue, requiringError: Bool) -> String? {
    if let first = value.array?.first { return reason(in: first, requiringError: requiringError) }
    if let error = value["error"], !error.isNull {
      return error.string ?? error["message"]?.string ?? error["type"]?.string ?? "an error"
    }
    let isError =
      !requiringError || value["object"]?.string == "error" || value["type"]?.string == "error"
    guard isError else { return nil }
    return value["message"]?.string ?? value["detail"]?.string
      ?? value["detail"]?.array?.first?["msg"]?.string
  }
}
