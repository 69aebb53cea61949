import Foundation
import TesseraHTTP
import TesseraTestSupport
import Testing

/// Nothing is fetched from where nobody allowed it, or from private nets.
@Suite struct GuardedFetchTests {
  @Test(arguments: [
    ([127, 0, 0, 1], false), ([10, 1, 2, 3], false), ([172, 16, 0, 1], false),
    ([172, 32, 0, 1], true), ([192, 168, 1, 1], false), ([169, 254, 169, 254], false),
    ([100, 64, 0, 1], false), ([100, 128, 0, 1], true), ([0, 0, 0, 0], false),
    ([224, 0, 0, 1], false), ([255, 255, 255, 255], false), ([8, 8, 8, 8], true),
    ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], false),
    ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 8, 8, 8, 8], false),
    ([0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], false),
    ([0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], false),
    ([0x20, 2, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], false),
    ([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0, 127, 0, 0, 1], false),
    ([0x26, 6, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], true),
  ])
  func privateNetsAreKnown(bytes: [UInt8], isPublic: Bool) {
    #expect(HostAddress(bytes: bytes).isPublic == isPublic)
  }

  /// Answers of no net, so that no test leaves the machine.
  private struct Told: Transport {
    let answers: [String: HTTPHead]

    func send(_ request: HTTPRequest) throws -> any HTTPAnswer {
      guard request.address?.isPublic == true, request.seconds != nil,
        let head = answers[request.url.absoluteString]
      else { throw TransportError.unreachable(reason: "nothing is there") }
      return Body(head)
    }

    private final class Body: HTTPAnswer {
      let head: HTTPHead
      private var left: Data? = Data("a picture".utf8)

      init(_ head: HTTPHead) { self.head = head }

      func next() throws -> Data? {
        defer { left = nil }
        return left
      }
    }
  }

  private static let names: [String: [[UInt8]]] = [
    "good.example": [[8, 8, 8, 8]], "local.example": [[127, 0, 0, 1]],
    "mixed.example": [[8, 8, 8, 8], [10, 0, 0, 1]], "other.example": [[9, 9, 9, 9]],
  ]

  private func fetch(_ address: String, limit: Int = 100) -> Result<Data, GuardedFetch.Refusal> {
    let go = { HTTPHead(status: 302, fields: ["Location": $0]) }
    let answers = [
      "http://good.example/a.png": HTTPHead(status: 200, fields: [:]),
      "http://good.example:8080/a.png": HTTPHead(status: 200, fields: [:]),
      "http://good.example/there": go("/a.png"), "http://good.example/loop": go("/loop"),
      "http://good.example/local": go("http://local.example/a.png"),
      "http://good.example/number": go("http://127.0.0.1/a.png"),
      "http://good.example/other": go("http://other.example/a.png"),
      "http://good.example/file": go("file:///etc/passwd"),
      "http://good.example/none": HTTPHead(status: 404, fields: [:]),
    ]
    let fetch = GuardedFetch(
      hosts: ["good.example", "local.example", "mixed.example", "unknown.example", "127.0.0.1"],
      limit: limit, transport: Told(answers: answers)
    ) { host in
      host == "127.0.0.1"
        ? [HostAddress(bytes: [127, 0, 0, 1])]
        : (Self.names[host] ?? []).map { HostAddress(bytes: $0) }
    }
    return Result { () throws(GuardedFetch.Refusal) in try fetch(address) }
  }

  @Test func whatIsAllowedComes() {
    for path in ["a.png", "there"] {
      #expect(fetch("http://GOOD.example/\(path)") == .success(Data("a picture".utf8)))
    }
  }

  @Test(arguments: [
    ("http://good.example/local", GuardedFetch.Refusal.privateHost("local.example")),
    ("http://good.example/number", .privateHost("127.0.0.1")),
    ("http://good.example/other", .host("other.example")), ("http://good.example/file", .address),
    ("http://good.example/loop", .redirects),
    ("http://good.example/none", .status(host: "good.example", 404)),
    ("http://good.example:8080/a.png", .host("good.example")),
    ("http://mixed.example/a.png", .privateHost("mixed.example")),
    ("http://unknown.example/a.png", .unknownHost("unknown.example")),
    ("http://good.example@local.example/a.png", .address), ("ftp://good.example/a.png", .address),
    ("http://[::1]/a.png", .address), ("http://good.example./a.png", .host("good.example.")),
  ])
  func whatIsNotIsNot(address: String, refusal: GuardedFetch.Refusal) {
    #expect(fetch(address) == .failure(refusal))
  }

  @Test func muchIsTooMuch() {
    #expect(fetch("http://good.example/a.png", limit: 3) == .failure(.tooLarge(limit: 3)))
  }

  /// A name that nobody knows leads to the address that was checked, and past a proxy.
  @Test func whatIsConnectedToIsWhatWasChecked() throws {
    let server = try LoopbackServer("chat")
    let url = try #require(URL(string: "http://nowhere.invalid:\(server.port)/log"))
    let answer = try CurlTransport(patience: 5).send(
      HTTPRequest(url: url, address: HostAddress(bytes: [127, 0, 0, 1]), seconds: 5))
    #expect(answer.head.status == 200)
  }
}
