import Foundation

/// A server in a script of this folder, on a port of its own; it ends with the object.
package final class LoopbackServer: Sendable {
  package let port: Int
  private let process: Process
  private let lifeline: Pipe

  private struct Greeting: Decodable {
    let port: Int?
    /// Why there is no server.
    let skip: String?
  }

  package struct Failed: Error, CustomStringConvertible {
    package let description: String
  }

  /// - Parameter script: its name without the ending.
  package init(_ script: String, _ arguments: [String] = []) throws {
    let file = Bundle.module.url(forResource: script, withExtension: "py")
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", file?.path ?? ""] + arguments
    let output = Pipe()
    lifeline = Pipe()
    process.standardInput = lifeline
    process.standardOutput = output
    try process.run()
    var line = Data()
    while line.last != UInt8(ascii: "\n") {
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { break }
      line += piece
    }
    let greeting = try JSONDecoder().decode(Greeting.self, from: line)
    guard let port = greeting.port else {
      throw Failed(description: greeting.skip ?? "\(script).py has no port")
    }
    self.port = port
  }

  deinit {
    try? lifeline.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// What it answers to a request of the tests' own.
  @discardableResult
  package func ask(_ path: String, body: String? = nil) throws -> Data {
    let code = """
      import sys, urllib.request as u
      o = u.build_opener(u.ProxyHandler({}))
      b = sys.argv[2].encode() if len(sys.argv) > 2 else None
      sys.stdout.buffer.write(o.open(sys.argv[1], b).read())
      """
    let run = try Command.run(
      URL(filePath: "/usr/bin/env"),
      ["python3", "-c", code, "http://127.0.0.1:\(port)\(path)"] + (body.map { [$0] } ?? []))
    guard run.status == 0 else { throw Failed(description: run.errors) }
    return run.output
  }
}
