import Foundation
import TesseraTestSupport
import Testing

/// A conversation on a terminal, which a script has.
@Suite struct ChatTerminalTests {
  @Test func `Ctrl-C stops an answer, and at the prompt the program`() throws {
    let script = try #require(Goldens.script("interrupt"))
    let run = try Command.run(
      URL(filePath: "/usr/bin/env"),
      ["python3", script.path, Command.url("tessera").path, Goldens.url("").path])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.lines.count > 15, "\(run.text)")
  }
}
