import Foundation
import TesseraTestSupport
import Testing

/// What a run leaves under the names that it was given to write to.
@Suite struct OutputTests {
  private let shell: Shell
  private let items = String(repeating: "{\"text\": \"a whale in the sea\"}\n", count: 20_000)

  init() throws { shell = try Shell(model: ConvertedModels.visualTinyEnglish.get()) }

  @Test(arguments: ["jsonl", "npy", "json"])
  func `a run that is interrupted leaves the old file, and nothing else`(format: String) throws {
    try shell.write(items, to: "in")
    try shell.write("precious", to: "out")
    let run = try shell(
      """
      "$tessera" encode -m "$model" --input in --format \(format) -o out &
      until ls -A | grep -q '^\\.out\\.tessera-'; do sleep 0.01; done
      kill -TERM $!
      wait $!
      echo $?
      """)
    #expect(run.lines.last == "143")
    #expect(try shell.read("out") == "precious")
    #expect(try shell.names() == ["in", "out"])
  }

  @Test func `what a killed run left goes with the next, and a living run's file stays`() throws {
    let run = try shell(
      """
      left() { ls -A | grep -c '^\\.out\\.tessera-'; }
      mkfifo pipe; exec 3<>pipe; echo '{"text": "whale"}' >&3
      touch .out.tessera-note .out.tessera-123456789 .other.tessera-1
      "$tessera" encode -m "$model" --input pipe -o out &
      until ls -A | grep -q '^\\.out\\.tessera-[0-9a-f]\\{1,8\\}$'; do sleep 0.01; done
      "$tessera" encode -m "$model" --text whale -o out; left
      kill -KILL $!; wait $!; left
      "$tessera" encode -m "$model" --text whale -o out; left
      """)
    #expect(run.lines == ["3", "3", "2"], "\(run.errors)")
    #expect(
      try shell.names()
        == [".other.tessera-1", ".out.tessera-123456789", ".out.tessera-note", "out", "pipe"])
  }

  @Test func `a failing run leaves the old files`() throws {
    try shell.write("precious", to: "old.png")
    try shell.write("{\"text\": \"whale\"}\n", to: "in")
    let run = try shell(
      """
      "$tessera" encode -m "$model" --input in --return colbert -o old.png; echo $?
      "$tessera" attention -m "$model" --text whale --layer 77 -o old.png; echo $?
      """)
    #expect(run.lines == ["1", "1"])
    #expect(try shell.read("old.png") == "precious")
    #expect(try shell.names() == ["in", "old.png"])
  }

  @Test func `a link stays one, and the file keeps its permissions`() throws {
    let run = try shell(
      """
      mkdir real; echo old > real/rows; chmod 640 real/rows; ln -s real/rows rows; ln -s new none
      "$tessera" encode -m "$model" --text whale -o rows
      "$tessera" encode -m "$model" --text whale -o none
      [ -L rows ] && [ -L none ] && stat -c %a real/rows; wc -l < real/rows; wc -l < new
      """)
    #expect(run.lines.map { $0.trimmingCharacters(in: .whitespaces) } == ["640", "1", "1"])
  }

  @Test func `pipes and what the shell opened are written as they are`() throws {
    let run = try shell(
      """
      mkfifo pipe; cat pipe > seen & "$tessera" encode -m "$model" --text whale -o pipe; wait
      "$tessera" encode -m "$model" --text whale -o /dev/stdout | wc -l
      echo first > both; "$tessera" encode -m "$model" --text whale -o /dev/stdout >> both
      wc -l < both; wc -l < seen
      cat pipe > traced & "$tessera" encode -m "$model" --text whale --trace pipe > /dev/null; wait
      [ -s traced ] && [ -p pipe ] && echo fine
      """)
    #expect(
      run.lines.map { $0.trimmingCharacters(in: .whitespaces) } == ["1", "2", "1", "fine"])
  }

  @Test func `no output is a file that is read, by whatever name`() throws {
    let picture = Goldens.url("images/rgb.png")
    for name in ["a.png", "sub/b.png"] { try shell.copy(picture, to: name) }
    try shell.write("{\"image\": \"b.png\"}\n", to: "sub/items.jsonl")
    try shell("cp -r \"$model\" m; ln -s m/config.json link; ln a.png hard; ln -s a.png soft.png")
      .expectSuccess()
    for command in [
      "encode -m m --image a.png -o a.png", "encode -m m --image a.png -o hard",
      "encode -m m --image a.png --trace soft.png",
      "encode -m m --input sub/items.jsonl -o sub/b.png",
      "encode -m m --text whale -o m/model.safetensors", "encode -m m --text whale --trace link",
      "encode -m m --text whale -o m/1_Pooling/config.json",
      "attention -m m --image a.png --text whale --layer 0 -o soft.png",
      "inspect -m m --image a.png --save m/model.safetensors",
      "inspect -m m --text whale --save x.npz --patch \"fusion=from @a.png\" --report page.html",
    ] {
      let before = try shell("find . -type f | xargs md5sum").text
      let run = try shell(
        "ln -sf ../a.png m/x.html; ln -sf a.png page.html; \"$tessera\" \(command)")
      #expect(run.status == 1, "\(command)")
      #expect(run.errors.contains("is the input"), "\(command): \(run.errors)")
      #expect(try shell("find . -type f | xargs md5sum").text == before, "\(command)")
    }
    let twice = try shell("\"$tessera\" encode -m m --text whale -o x --trace ./x")
    #expect(twice.status == 1 && twice.errors.contains("written twice"))
  }

  #if os(Linux)
    @Test func `a limit on the size of files is an error, and no half file`() throws {
      try shell.write(String(repeating: "{\"text\": \"whale\"}\n", count: 99), to: "in")
      for command in [
        "encode -m \"$model\" --input in -o out", "encode -m \"$model\" --text whale --trace out",
        "inspect -m \"$model\" --text whale --save out.npz",
      ] {
        let run = try shell("ulimit -f 4; \"$tessera\" \(command)")
        #expect(run.status == 1, "\(command)")
        #expect(run.errors.contains("File too large") && run.errors.contains("out"))
        #expect(try shell.names() == ["in"])
      }
    }
  #endif

  @Test func `items that --resume could not tell apart are refused before any row`() throws {
    try shell.write(#"{"text":"a","id":7}"# + "\n" + #"{"text":"b","id":7}"# + "\n", to: "in")
    let run = try shell("\"$tessera\" encode -m \"$model\" --input in -o rows --resume")
    #expect(
      run.status == 1 && run.errors.contains("line 2: a second item with id 7"), "\(run.errors)")
    #expect(((try? shell.read("rows")) ?? "").isEmpty)
    // Rows without an id are known by their index.
    try shell.write(#"{"text":"a"}"# + "\n" + #"{"text":"a","id":null}"# + "\n", to: "in")
    try shell("\"$tessera\" encode -m \"$model\" --input in -o rows --resume").expectSuccess()
  }

  @Test func `a run that was interrupted is gone on with`() throws {
    let items = (0..<3000).map { "{\"text\": \"whale \($0)\", \"id\": \($0)}\n" }.joined()
    try shell.write(items, to: "in")
    let resume = "\"$tessera\" encode -m \"$model\" --input in -o rows --resume"
    let run = try shell(
      """
      \(resume) & until [ -s rows ]; do sleep 0.01; done
      kill -TERM $!; wait $!
      """)
    #expect(run.status == 143)
    let first = try shell.read("rows")
    #expect(first.hasSuffix("}\n") && first.split(separator: "\n").count < 3000)
    // What a sudden end would leave: a row that is not whole.
    try shell.write(first + "{\"index\":2999,\"te", to: "rows")
    let rest = try shell(resume)
    #expect(rest.status == 0 && rest.errors.contains("had their rows in rows already"))
    try shell("\"$tessera\" encode -m \"$model\" --input in -o whole").expectSuccess()
    #expect(try shell.read("rows") == shell.read("whole"))
    #expect(try shell(resume).status == 0)
    #expect(try shell.read("rows") == shell.read("whole"))
  }

  @Test func `items that failed are tried again, other inputs are refused`() throws {
    try shell.write("{\"text\": \"whale\"}\n{\"image\": \"later.png\"}\n", to: "in")
    let resume = "\"$tessera\" encode -m \"$model\" --input in -o rows --resume"
    #expect(try shell(resume).status == 1)
    try shell.copy(Goldens.url("images/rgb.png"), to: "later.png")
    #expect(try shell(resume).status == 0)
    let rows = try shell.read("rows").split(separator: "\n")
    #expect(rows.count == 2 && !rows.contains { $0.contains("\"error\"") })

    try shell.write("{\"text\": \"boat\"}\n", to: "in")
    let other = try shell(resume)
    #expect(other.status == 1 && other.errors.contains("of another text or image than line 1"))
    try shell.write("{\"index\":0,\"text\":\"boat\",\"embedding\":[1,2]}\n", to: "rows")
    #expect(try shell(resume).errors.contains("a vector of 2 numbers"))
    try shell.write("words\n", to: "rows")
    #expect(try shell(resume).errors.contains("expected a row of encode"))
    #expect(try shell.read("rows") == "words\n")
    for wrong in ["--resume", "--resume -o x --format npy"] {
      #expect(try shell("\"$tessera\" encode -m \"$model\" --input in \(wrong)").status == 64)
    }
  }

  @Test func `an output without a name is refused at once`() throws {
    let run = try shell("\"$tessera\" encode -m \"$model\" --text whale -o ''")
    #expect(run.status == 1 && run.errors.contains("found an empty one"), "\(run.errors)")
  }

  @Test func `rows of other options are refused, and stay`() throws {
    try shell.write("{\"text\": \"whale\"}\n", to: "in")
    let resume = "\"$tessera\" encode -m \"$model\" --input in -o rows --resume"
    try shell(resume).expectSuccess()
    let rows = try shell.read("rows")
    try shell.write("{\"text\": \"whale\"}\n{\"text\": \"boat\"}\n", to: "in")
    for (options, words) in [
      ("--prompt 'a ship: '", "expected embedding["), ("--format base64", "found jsonl"),
    ] {
      let other = try shell("\(resume) \(options)")
      #expect(other.status == 1 && other.errors.contains("rows, line 1: "), "\(other.errors)")
      #expect(other.errors.contains(words), "\(other.errors)")
      #expect(try shell.read("rows") == rows)
    }
    try shell(resume).expectSuccess()
    #expect(try shell.read("rows").split(separator: "\n").count == 2)
  }

  @Test func `two runs do not add to one file`() throws {
    try shell.write("{\"text\": \"whale\"}\n", to: "in")
    let run = try shell(
      """
      resume() { "$tessera" encode -m "$model" --input "$1" -o rows --resume; }
      mkfifo items && exec 3<>items
      resume items 3>&- & cat in >&3
      until [ -s rows ]; do sleep 0.01; done
      resume in; status=$?
      exec 3>&-; wait $!
      exit $status
      """)
    #expect(run.status == 1 && run.errors.contains("another run"), "\(run.errors)")
    #expect(try shell.read("rows").split(separator: "\n").count == 1)
  }
}

extension Command {
  func expectSuccess() { #expect(status == 0, "\(errors)") }
}
