import Foundation

/// A hub of one's own (hub.py), with files to fetch and faults to meet; it ends with the object.
package final class LoopbackHub {
  package let folder: TemporaryFolder
  package let address: String
  private let process: Process
  private let lifeline: Pipe

  package struct Request: Decodable {
    package let `where`: String
    package let path: String
    package let range: String?
    package let token: Bool
  }

  private struct Addresses: Decodable { let hub: String }

  /// - Parameter models: files by their paths, ORGANISATION/NAME/….
  package init(_ models: [String: Data]) throws {
    folder = try TemporaryFolder()
    let root = folder.url.appending(path: "root")
    for (path, bytes) in models {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try bytes.write(to: file)
    }
    let script = Bundle.module.url(forResource: "hub", withExtension: "py")
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", script?.path ?? "", root.path]
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
    address = try JSONDecoder().decode(Addresses.self, from: line).hub
  }

  deinit {
    try? lifeline.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  package func inject(_ faults: String) throws { _ = try curl("/faults", body: faults) }

  package func requests() throws -> [Request] {
    try JSONDecoder().decode([Request].self, from: curl("/log"))
  }

  /// Plain sockets would do; the client under test must not.
  private func curl(_ path: String, body: String? = nil) throws -> Data {
    let code = """
      import sys, urllib.request as u
      o = u.build_opener(u.ProxyHandler({}))
      b = sys.argv[2].encode() if len(sys.argv) > 2 else None
      sys.stdout.write(o.open(sys.argv[1], b).read().decode())
      """
    return try Command.run(
      URL(filePath: "/usr/bin/env"),
      ["python3", "-c", code, address + path] + (body.map { [$0] } ?? [])
    ).output
  }
}
