import Foundation
import TesseraTestSupport
import Testing

#if os(Linux)
  /// What a terminal shows of a run that takes long, and a pipe does not.
  @Suite struct ProgressTests {
    private let shell: Shell

    init() throws { shell = try Shell(model: ConvertedModels.visualTinyEnglish.get()) }

    /// Runs a command on a terminal of its own until that shows how much is left, or it ends.
    private func terminal(_ command: String, environment: String = "TERM=xterm") throws -> String {
      try shell(
        """
        yes '{"text": "a whale in the sea"}' | head -n 400000 > items.jsonl
        export NO_COLOR=1 \(environment)
        script -qfec "'$tessera' \(command) -m '$model' > /dev/null" shown > /dev/null < /dev/null &
        until grep -q ' left' shown 2> /dev/null || ! kill -0 $! 2> /dev/null; do sleep 0.1; done
        kill $! 2> /dev/null; wait $! 2> /dev/null
        grep -v '^Script ' shown
        """
      ).text
    }

    @Test(arguments: [
      ("encode --input items.jsonl", "encoded "), ("tokenize --input items.jsonl", "tokenized "),
      ("rank whale --among items.jsonl", "encoded items "),
      ("similarity --input items.jsonl", "encoded "),
      (
        "bench --seconds 2 --workload 'text 1x8' --workload 'text 1x9' --workload 'text 1x10'",
        "timed "
      ),
    ])
    func `a terminal shows items, rate and time left`(command: String, verb: String) throws {
      let shown = try terminal(command)
      #expect(shown.contains(verb) && shown.contains("/s, ") && shown.contains(" left"), "\(shown)")
      // One line, written over; and no colour.
      #expect(shown.contains("\r\u{1B}[K") && !shown.contains("\u{1B}[3"))
    }

    @Test func `who asks for quiet, or has no terminal, sees nothing`() throws {
      let bench = "bench --seconds 2.5 --workload 'text 1x8' --workload 'text 1x9'"
      #expect(try !terminal("\(bench) --quiet").contains("timed"))
      #expect(try !terminal(bench, environment: "TERM=dumb").contains("timed"))
      let piped = try shell("\"$tessera\" \(bench) -m \"$model\"")
      #expect(piped.status == 0 && piped.errors.isEmpty)
    }
  }
#endif
