import Foundation
import TesseraTestSupport
import Testing

/// What a terminal shows of a run that takes long, and a pipe does not.
@Suite struct ProgressTests {
  private let items = Data(
    String(repeating: "{\"text\": \"a whale in the sea\"}\n", count: 400_000).utf8)

  /// Runs a command whose standard error is a terminal, until that shows `wanted` or the command ends.
  ///
  /// - Returns: what the terminal showed.
  private func terminal(
    _ arguments: [String], until wanted: String, environment: [String: String] = [:]
  ) throws -> String {
    let primary = posix_openpt(O_RDWR | O_NOCTTY)
    try #require(primary >= 0 && grantpt(primary) == 0 && unlockpt(primary) == 0)
    let name = try #require(ptsname(primary).map { String(cString: $0) })
    let secondary = open(name, O_RDWR | O_NOCTTY)
    try #require(secondary >= 0)
    let folder = try TemporaryFolder()
    let input = folder.url.appending(path: "items.jsonl")
    try items.write(to: input)
    let process = Process()
    process.executableURL = Command.url("tessera")
    process.arguments = arguments + ["-m", try ConvertedModels.visualTinyEnglish.get().path]
    process.environment = ProcessInfo.processInfo.environment
      .merging(["TERM": "xterm", "NO_COLOR": "1"]) { $1 }.merging(environment) { $1 }
    process.currentDirectoryURL = folder.url
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(fileDescriptor: secondary)
    try process.run()
    close(secondary)
    var shown: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(primary, &chunk, chunk.count)
      guard count > 0 else { break }
      shown += chunk[..<count]
      if String(decoding: shown, as: UTF8.self).contains(wanted) { break }
    }
    process.terminate()
    process.waitUntilExit()
    close(primary)
    return String(decoding: shown, as: UTF8.self)
  }

  @Test(arguments: [
    (["encode", "--input", "items.jsonl"], "encoded "),
    (["tokenize", "--input", "items.jsonl"], "tokenized "),
    (["rank", "--among", "items.jsonl", "whale"], "encoded items "),
    (["similarity", "--input", "items.jsonl"], "encoded "),
    (
      [
        "bench", "--seconds", "2", "--workload", "text 1x8", "--workload", "text 1x9",
        "--workload", "text 1x10",
      ], "timed "
    ),
  ])
  func `a terminal shows items, rate and time left`(arguments: [String], verb: String) throws {
    let shown = try terminal(arguments, until: " left")
    #expect(shown.contains(verb) && shown.contains("/s, ") && shown.contains(" left"), "\(shown)")
    // One line, written over; and no colour.
    #expect(
      shown.contains("\r\u{1B}[K") && !shown.contains("m\u{1B}") && !shown.contains("\u{1B}[3"))
  }

  @Test func `who asks for quiet, or has no terminal, sees nothing`() throws {
    let arguments = [
      "bench", "--seconds", "2.5", "--workload", "text 1x8", "--workload", "text 1x9",
    ]
    #expect(try terminal(arguments + ["--quiet"], until: " left").isEmpty)
    #expect(try terminal(arguments, until: " left", environment: ["TERM": "dumb"]).isEmpty)
    let model = try ConvertedModels.visualTinyEnglish.get().path
    let piped = try Command("tessera", arguments + ["-m", model])
    #expect(piped.status == 0 && piped.errors.isEmpty)
  }
}
