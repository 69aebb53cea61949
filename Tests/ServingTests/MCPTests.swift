import TesseraJSON
import TesseraServing
import Testing

@Suite struct MCPTests {
  private func ask(_ server: MCPServer, _ line: String) async throws -> JSONValue? {
    guard let reply = await server.reply(to: line) else { return nil }
    return try JSONReader.read(reply.line) { try $0.readValue() }
  }

  @Test func toolsAreListedAndCalled() async throws {
    let served = try await Served { $0.keys = KeyRing(lines: ["secret"]) }
    let server = MCPServer(served.service)
    let start = try await ask(
      server,
      #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05"}}"#)
    #expect(start?["result"]?["protocolVersion"]?.string == "2024-11-05")
    #expect(
      try await ask(server, #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#) == nil)
    let tools = try await ask(server, #"{"jsonrpc":"2.0","id":"x","method":"tools/list"}"#)
    #expect(tools?["id"]?.string == "x")
    let names = tools?["result"]?["tools"]?.array?.compactMap { $0["name"]?.string }
    #expect(names == ["embed", "similarity"])
    let call = try await ask(
      server,
      #"{"jsonrpc":"2.0","id":2,"method":"tools/call","#
        + #""params":{"name":"embed","arguments":{"input":"a whale"}}}"#)
    #expect(call?["result"]?["isError"]?.bool == false)
    let text = try #require(call?["result"]?["content"]?[0]?["text"]?.string)
    let json = try JSONReader.read(text) { try $0.readValue() }
    #expect(json["data"]?[0]?["embedding"]?.floats == (try served.vector(.text("a whale"))))
  }

  @Test(arguments: [
    ("{", -32700.0), (#"{"jsonrpc":"2.0","id":1}"#, -32600),
    (#"{"id":1,"method":"ping"}"#, -32600),
    (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
    (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, -32600),
    (#"{"jsonrpc":"2.0","id":1,"method":"no"}"#, -32601),
    (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"no"}}"#, -32602),
  ])
  func whatIsWrongHasItsCode(line: String, code: Double) async throws {
    let answer = try await ask(MCPServer(Served().service), line)
    #expect(answer?["error"]?["code"]?.number == code)
  }
}
