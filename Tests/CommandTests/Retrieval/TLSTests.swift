import Foundation
import TesseraTestSupport
import Testing

/// A server whose certificate nobody signed but itself.
struct TLSTests {
  @Test func `a server is trusted by a certificate of one's own, and by no other`() throws {
    let folder = try TemporaryFolder()
    let server: LoopbackServer
    do {
      server = try LoopbackServer("qdrant", ["s3cret", "tls=\(folder.url.path)"])
    } catch let reason as LoopbackServer.Failed {
      print("skipped: \(reason)")
      return
    }
    let index = "qdrants://localhost:\(server.port)/photos"
    let vectors = folder.path("v.jsonl")
    try Data(#"{"id": "a", "embedding": [3, 4]}"#.utf8).write(to: URL(filePath: vectors))
    func add(_ environment: [String: String]) throws -> Command {
      try Command(
        "tessera", ["index", "--vectors", vectors, "--into", index],
        environment: environment.merging([
          "QDRANT_API_KEY": "s3cret", "TESSERA_HOME": folder.path("home"),
        ]) { $1 })
    }
    let refused = try add([:])
    #expect(
      refused.status == 1 && refused.errors.contains("cannot be trusted"), "\(refused.errors)")
    #expect(refused.errors.contains("SSL_CERT_FILE") && !refused.errors.contains("s3cret"))
    let trusted = try add(["SSL_CERT_FILE": folder.path("cert.pem")])
    #expect(trusted.status == 0, "\(trusted.errors)")
    let info = try Command(
      "tessera", ["store", "info", "--in", index, "--format", "json"],
      environment: ["QDRANT_API_KEY": "s3cret", "SSL_CERT_FILE": folder.path("cert.pem")])
    #expect(info.status == 0 && info.text.contains("\"rows\":1"), "\(info.errors)")
  }
}
