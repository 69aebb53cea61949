import TesseraJSON
import TesseraServing
import Testing

/// Whose pages may ask.
@Suite struct PagesTests {
  private let body = #"{"input":"a"}"#
  private let theirs = "https://example.org"

  @Test func othersPagesAreRefusedUnlessTheyAreAllowed() async throws {
    let cross = ["origin": theirs, "sec-fetch-site": "cross-site"]
    let closed = try await Served().answer("/v1/embeddings", body, headers: cross)
    #expect(closed.status == 403 && closed.header("access-control-allow-origin") == nil)
    let open = try await Served { $0.origins = ["https://example.org"] }
    let heard = try await open.answer("/v1/embeddings", body, headers: cross)
    #expect(heard.status == 200 && heard.header("access-control-allow-origin") == theirs)
    let other = try await open.answer(
      "/v1/embeddings", body,
      headers: ["origin": "https://example.com", "sec-fetch-site": "cross-site"])
    #expect(other.status == 403 && other.header("access-control-allow-origin") == nil)
  }

  /// A site whose name leads to this machine is the server's own to a browser.
  @Test(arguments: [
    (nil, 200), ("localhost", 200), ("LOCALHOST:8171", 200), ("127.0.0.1:8171", 200),
    ("[::1]:8171", 200), ("192.168.1.5:80", 200), ("allowed.example", 200),
    ("evil.example:8171", 403), ("localhost.evil.example", 403), ("127.0.0.1.evil.example", 403),
  ])
  func aServerOfThisMachineKnowsItsNames(host: String?, status: Int) async throws {
    let served = try await Served {
      $0.isLocal = true
      $0.origins = ["https://allowed.example"]
    }
    var headers = host.map { ["host": $0] } ?? [:]
    let plain = try await served.answer("/v1/embeddings", body, headers: headers)
    #expect(plain.status == status)
    headers["origin"] = host.map { "http://\($0)" }
    headers["sec-fetch-site"] = "same-origin"
    let page = try await served.answer("/v1/embeddings", body, headers: headers)
    #expect(page.status == status)
    #expect(try await served.ask("/v1/models", headers: headers).status == status)
  }

  @Test func behindAProxyEveryNameWillDo() async throws {
    let served = try await Served()
    let answer = try await served.answer(
      "/v1/embeddings", body,
      headers: ["host": "vectors.example", "origin": "http://vectors.example"])
    #expect(answer.status == 200)
  }

  @Test(
    arguments: [
      ("http://evil.example:8171", nil, 403), ("null", nil, 403), ("file://", nil, 403),
      ("http://localhost:3000", nil, 200), ("http://localhost:3000", "cross-site", 403),
      ("https://tessera.example", "same-origin", 200),
    ] as [(String, String?, Int)])
  func anOriginIsLookedAtWithoutFetchMetadata(
    origin: String, site: String?, status: Int
  ) async throws {
    let served = try await Served { $0.isLocal = true }
    var headers = ["host": "localhost:8171", "origin": origin]
    headers["sec-fetch-site"] = site
    let answer = try await served.answer("/v1/embeddings", body, headers: headers)
    #expect(answer.status == status)
  }

  @Test func aPageReadsWhyItIsRefused() async throws {
    let open = try await Served {
      $0.origins = ["https://example.org"]
      $0.keys = KeyRing(lines: ["secret"])
    }
    let locked = try await open.answer("/v1/embeddings", body, headers: ["origin": theirs])
    #expect(locked.status == 401 && locked.header("access-control-allow-origin") == theirs)
    let question = Question(
      method: "POST", path: "/v1/embeddings", headers: ["origin": theirs], id: "7")
    for (problem, status) in [
      (Problem(.tooLarge, "too large"), 413), (Problem(.overloaded, "full", retryAfter: 1), 429),
    ] {
      let refusal = open.service.refusal(problem, to: question)
      #expect(refusal.status == status && refusal.header("x-request-id") == "7")
      #expect(refusal.header("access-control-allow-origin") == theirs)
    }
  }

  @Test func aBrowserIsToldBeforeItAsks() async throws {
    let headers = ["origin": theirs, "access-control-request-method": "POST"]
    let open = try await Served { $0.origins = ["*"] }
    let told = try await open.answer("/v1/embeddings", method: "OPTIONS", headers: headers)
    #expect(told.status == 200 && told.header("access-control-allow-origin") == theirs)
    #expect(told.header("access-control-allow-headers")?.contains("authorization") == true)
    let closed = try await Served().answer("/v1/embeddings", method: "OPTIONS", headers: headers)
    #expect(closed.status == 405 && closed.header("access-control-allow-origin") == nil)
  }

  @Test(arguments: [
    (nil, 200), ("http://localhost:3000", 200), ("http://127.0.0.1", 200), ("http://[::1]:1", 200),
    ("http://localhost.example.org", 403), ("http://127.0.0.1.example.org", 403), ("null", 403),
    ("https://example.org", 403), ("https://allowed.example", 200),
  ])
  func agentsToolsAskWhereTheyComeFrom(origin: String?, status: Int) async throws {
    let served = try await Served { $0.origins = ["https://allowed.example"] }
    let answer = try await served.ask(
      "/mcp", #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
      headers: origin.map { ["origin": $0] } ?? [:])
    #expect(answer.status == status)
    if status == 200 { #expect(answer.json["result"]?["tools"]?[0]?["name"]?.string == "embed") }
  }

  @Test func toolsAreCalledOverHTTP() async throws {
    let served = try await Served { $0.keys = KeyRing(lines: ["secret"]) }
    let call =
      #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":"#
      + #"{"name":"embed","arguments":{"input":"a whale"}}}"#
    #expect(try await served.ask("/mcp", call).status == 401)
    let headers = ["authorization": "Bearer secret", "mcp-protocol-version": "2025-06-18"]
    let answer = try await served.ask("/mcp", call, headers: headers)
    let text = try #require(answer.json["result"]?["content"]?[0]?["text"]?.string)
    let json = try JSONReader.read(text) { try $0.readValue() }
    #expect(json["data"]?[0]?["embedding"]?.floats == (try served.vector(.text("a whale"))))
    let told = try await served.ask(
      "/mcp", #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, headers: headers)
    #expect(told.status == 202)
    let wrong = headers.merging(["mcp-protocol-version": "1999-01-01"]) { $1 }
    #expect(try await served.ask("/mcp", call, headers: wrong).status == 400)
    #expect(try await served.ask("/mcp", "{}", headers: headers).status == 400)
    #expect(try await served.ask("/mcp", headers: headers).status == 405)
  }

  @Test func whatIsDescribedIsThereAndWhatIsThereIsDescribed() async throws {
    let served = try await Served()
    let description = try await OpenAPI(served.service)
    guard case .object(let paths)? = description.root["paths"] else {
      Issue.record("no paths")
      return
    }
    var described: Set<String> = []
    for path in paths {
      guard case .object(let methods) = path.value else { continue }
      for method in methods { described.insert("\(method.key.uppercased()) \(path.key)") }
    }
    #expect(described == Service.addresses)
  }
}
