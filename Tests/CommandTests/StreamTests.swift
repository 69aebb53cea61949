import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// What happens around a run: its streams, its files, and how it ends.
@Suite struct StreamTests {
  private let model: String
  private let folder: TemporaryFolder

  init() throws {
    model = try ConvertedModels.visualTinyEnglish.get().path
    folder = try TemporaryFolder()
  }

  /// Runs a script in which `"${encode[@]}"` encodes with the small model.
  private func shell(_ script: String) throws -> Command {
    let encode = "encode=('\(Command.url("tessera").path)' encode -m '\(model)')"
    return try Command.run(
      URL(filePath: "/bin/bash"), ["-c", "cd '\(folder.url.path)'; \(encode); \(script)"])
  }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.url.appending(path: name))
  }

  private func read(_ name: String) throws -> String {
    try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
  }

  @Test func `a row does not wait for the next line`() throws {
    // The second line is written only if the first row comes.
    let run = try shell(
      """
      { echo '{"text": "whale"}'
        for i in {1..600}; do [ -s rows ] && break; sleep 0.1; done
        [ -s rows ] && echo '{"text": "blue whale"}'
      } | "${encode[@]}" --input - > rows
      wc -l < rows
      """)
    #expect(run.lines.last?.trimmingCharacters(in: .whitespaces) == "2")
  }

  @Test func `lines longer than any buffer are read whole`() throws {
    let long = String(repeating: "whale ", count: 50_000)
    try write("{\"text\": \"\(long)\"}\n{\"text\": \"whale\"}\r\n{\"text\": \"\(long)\"}", to: "in")
    let run = try shell("\"${encode[@]}\" --input in")
    #expect(run.status == 0)
    #expect(run.lines.count == 3)
    #expect(run.lines[0].contains(long) && run.lines[2].contains(long))
    #expect(run.errors.contains("2 texts were cut"))
  }

  @Test func `the input is never written over`() throws {
    let items = "{\"text\": \"whale\"}\n"
    try write(items, to: "items.jsonl")
    for script in [
      "\"${encode[@]}\" --input items.jsonl -o items.jsonl",
      "ln -s items.jsonl link; \"${encode[@]}\" --input items.jsonl -o link",
      "\"${encode[@]}\" --input - -o items.jsonl < items.jsonl",
    ] {
      let run = try shell(script)
      #expect(run.status == 1)
      #expect(run.errors.contains("is the input"))
      #expect(try read("items.jsonl") == items)
    }
  }

  @Test func `an output stays as it was when the input cannot be opened`() throws {
    try write("precious", to: "out")
    #expect(try shell("\"${encode[@]}\" --input none -o out").status == 1)
    #expect(try read("out") == "precious")
    let broken = "cp -r '\(model)' broken; echo '{' > broken/tokenizer.json; "
    for items in ["--text whale", "--input -"] {
      let run = try shell(broken + "echo | \"${encode[0]}\" encode -m broken \(items) -o out")
      #expect(run.status == 1)
      #expect(run.errors.contains("tokenizer.json"))
      #expect(try read("out") == "precious")
    }
    try write(String(repeating: "old", count: 10_000), to: "out")
    #expect(try shell("\"${encode[@]}\" --text whale -o out").status == 0)
    #expect(try read("out").hasPrefix("{") && !read("out").contains("old"))
  }

  @Test func `messages that cannot be written do no harm`() throws {
    try write("{\"text\": 5}\n{\"text\": \"whale\"}\n", to: "in")
    let closed = try shell("\"${encode[@]}\" --input in -o rows 2>&-")
    #expect(closed.status == 1)
    #expect(try read("rows").split(separator: "\n").allSatisfy { $0.hasPrefix("{\"index\"") })
    #if os(Linux)
      let full = try shell("\"${encode[@]}\" --input in 2> /dev/full")
      #expect(full.status == 1)
      #expect(full.lines.count == 2)
    #endif
  }

  @Test func `a closed standard output is an error`() throws {
    let run = try shell("\"${encode[@]}\" --text whale >&-")
    #expect(run.status == 1)
    #expect(run.errors.contains("standard output"))
    #expect(try shell("\"${encode[@]}\" --input - <&-").errors.contains("standard input"))
  }

  @Test func `a signal leaves whole rows`() throws {
    try write(String(repeating: "{\"text\": \"a whale in the sea\"}\n", count: 20_000), to: "in")
    // A reader that is slower than the run: what is written waits in the pipe.
    let run = try shell(
      """
      mkfifo rows
      "${encode[@]}" --input in > rows &
      run=$!
      { read -r first; kill -TERM $run; echo "$first"; cat; } < rows > seen
      wait $run
      echo $?
      """)
    let rows = try read("seen")
    #expect(rows.hasSuffix("]}\n"))
    #expect(rows.split(separator: "\n").count < 20_000)
    #expect(run.lines.last == "143")
  }

  @Test func `arguments that are not UTF-8 are refused, not repaired`() throws {
    let run = try shell("\"${encode[@]}\" --text $'a\\xffb'")
    #expect(run.status == 64)
    #expect(run.output.isEmpty)
    #expect(run.errors.contains("UTF-8"))
  }

  @Test func `the version`() throws {
    let run = try Command("tessera", ["--version"])
    #expect(run.status == 0)
    #expect(run.lines.count == 1 && run.text.contains(/^\d+\.\d+\.\d+\n/))
    #expect(run.lines == [TesseraBuild.version])
  }

  @Test func `the kernels, what the processor could do, and how to get there`() throws {
    let run = try Command("tessera", ["--version", "--verbose"])
    #expect(run.status == 0)
    #expect(run.lines.contains("processor: \(TesseraBuild.processor)"))
    #expect(run.text.contains("kernels: \(TesseraBuild.kernels)"))
    #expect(TesseraBuild.availableKernels.contains(TesseraBuild.kernels))
  }

  @Test func `kernels that are kept narrow say by what`() throws {
    let narrowest = try #require(TesseraBuild.availableKernels.first)
    let run = try Command(
      "tessera", ["--version", "--verbose"], environment: ["TESSERA_ISA": narrowest])
    #expect(run.lines.contains("kernels: \(narrowest), as TESSERA_ISA says"))
    let says = "faster: TESSERA_ISA keeps the kernels at \(narrowest)"
    #expect(run.lines.contains(says) == (narrowest != TesseraBuild.processor))
  }
}
