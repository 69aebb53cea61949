import Foundation
import TesseraTestSupport
import Testing

/// What is said of arguments that do not do.
@Suite struct ArgumentTests {
  private let shell: Shell

  init() throws { shell = try Shell(model: ConvertedModels.visualTinyEnglish.get()) }

  @Test(arguments: [
    "encode --txet whale", "attention --text whale --lyaer 3", "rank --amnog x whale",
    "diff --text whale --refrence x", "classify --imgae x --labels a", "bench --secnods 3",
    "similarity --fromat json", "explain --wrods 3 a b", "tokenize --txet a", "plan --txet a",
  ])
  func `an option that is not known is called so`(command: String) throws {
    let run = try shell("\"$tessera\" \(command)")
    #expect(run.status == 64)
    #expect(run.errors.contains("Unknown option '--"), "\(run.errors)")
    #expect(run.errors.contains("Did you mean '--"), "\(run.errors)")
  }

  @Test(arguments: [
    ("endcode --text whale", "there is no command endcode; expected one of encode, "),
    ("store infoo --in x", "there is no command infoo; expected one of "),
    ("whale", "there is no command whale"),
  ])
  func `a command that is not known is called so`(command: String, says: String) throws {
    let run = try shell("\"$tessera\" \(command)")
    #expect(run.status == 64 && run.errors.contains(says), "\(run.errors)")
    #expect(run.errors.contains("explain") || run.errors.contains("verify"), "\(run.errors)")
    #expect(run.output.isEmpty)
  }

  @Test(arguments: [
    "encode --text a --threads", "encode --text a --batch-tokens", "encode --text a --max-length",
    "encode --text a --max-pixels", "rank whale --among x --top", "bench --seconds",
    "bench --repetitions", "bench kernels --threads", "bench kernels --seconds",
    "diff --text a --reference x --atol",
    "search --in x a -k", "search --in x a --offset", "search --in x a --rerank y --candidates",
    "store list --in x --limit", "store check --in x --samples", "ask a --in x --chat y -k",
    "duplicates --in x --above", "map --in x -o y.html --limit", "index a --into x --chunk-tokens",
    "bench search --rows", "rerank a --among x -k",
  ])
  func `a number below the least is out of range, not missing`(command: String) throws {
    let run = try shell("\"$tessera\" \(command) -3")
    #expect(run.status == 64)
    #expect(run.errors.contains("is -3") && run.errors.contains("expected"), "\(run.errors)")
  }

  @Test(arguments: [
    ("--socket plain", "--socket plain: expected a socket, or a name that is free; found a file"),
    ("--socket .", "found a folder"), ("--allow-urls http://x", "--allow-urls http://x: expected"),
    ("--allow-urls a.example,,b.example", "the name of a host"),
    ("--allow-urls a.example:0", "the name of a host"),
  ])
  func `a server says what it cannot take`(options: String, says: String) throws {
    try shell.write("x", to: "plain")
    let run = try shell("\"$tessera\" serve -m \"$model\" \(options)")
    #expect(run.status == 64 && run.errors.contains(says), "\(run.errors)")
  }

  @Test(arguments: [
    ("nope", "nope: expected a file with a key a line; found nothing"), (".", "found a folder"),
    ("empty", "empty: expected a key a line; found none"),
  ])
  func `a file of keys that is none is named`(file: String, says: String) throws {
    try shell.write("# none", to: "empty")
    // The standard streams need no socket, so this is tried by every build.
    let run = try shell("\"$tessera\" serve -m \"$model\" --mcp --api-key-file \(file) < /dev/null")
    #expect(run.status == 1 && run.errors.contains(says), "\(run.errors)")
  }

  @Test func `what is missing is still said`() throws {
    for (command, message) in [
      ("encode", "Give either --text"), ("attention --text a", "--layer"),
      ("rank whale", "--among"), ("diff --text a", "--reference"),
      ("classify --labels a", "--image"),
    ] {
      let run = try shell("\"$tessera\" \(command)")
      #expect(run.status == 64 && run.errors.contains(message), "\(command): \(run.errors)")
      #expect(run.errors.contains("Usage: tessera"))
    }
  }

  @Test func `a pattern that picks nothing is an error`() throws {
    let inspect = "\"$tessera\" inspect -m \"$model\" --text whale"
    let none = try shell("\(inspect) --layers '*probs' 'attentoin*' --save x.npz")
    #expect(none.status == 1)
    #expect(none.errors.contains("'attentoin*': no stage has such a name"))
    #expect(try shell.names().isEmpty)
    #expect(try shell("\(inspect) --layers '*probs' '*value'").status == 0)
  }

  @Test func `a model that is not there, and what one is`() throws {
    for command in ["encode --text a", "plan a", "tokenize --text a", "bench"] {
      let run = try shell("\"$tessera\" \(command) -m ./nowhere")
      #expect(run.status == 1)
      #expect(run.errors.contains("there is no model folder") && run.errors.contains("nowhere"))
      #expect(run.errors.contains("config.json") && run.errors.contains("tessera pull"))
      let named = try shell("\"$tessera\" \(command) -m nowhere")
      #expect(named.status == 1 && named.errors.contains("tessera pull nowhere"))
    }
    #expect(try shell("\"$tessera\" plan a -m ''").errors.contains("no model folder \"\";"))
    try shell.write("", to: "file")
    #expect(
      try shell("\"$tessera\" plan a -m file").errors.contains("is a file; a model is a folder"))
  }

  @Test func `a word that is no prompt's name is told beside the names`() throws {
    let folder = Goldens.url("zoo/jina-v3").path
    func errors(_ prompt: String) throws -> String {
      try Command("tessera", ["encode", "-m", folder, "--text", "a", "--prompt", prompt]).errors
    }
    #expect(try errors("retrieval.quer").contains("the folder's own are classification, retrieval"))
    #expect(try !errors("retrieval.query").contains("the folder's own"))
    #expect(try !errors("a query: ").contains("the folder's own"))
  }

  @Test func `a picture without a name is no folder`() throws {
    let run = try shell("\"$tessera\" similarity -m \"$model\" @ a")
    #expect(run.status == 1 && run.errors.contains("its name is empty"), "\(run.errors)")
  }

  @Test func `--quiet leaves errors alone`() throws {
    let unknown = "\u{10400} \u{10401}"
    let loud = try shell("\"$tessera\" encode -m \"$model\" --text '\(unknown)'")
    #expect(loud.errors.contains("note: "))
    let quiet = try shell("\"$tessera\" encode -m \"$model\" --text '\(unknown)' --quiet")
    #expect(quiet.errors.isEmpty && quiet.text == loud.text)
    let error = try shell("\"$tessera\" encode --quiet --image /nowhere.png")
    #expect(error.errors.hasPrefix("error: ") && error.errors.split(separator: "\n").count == 1)
  }

  @Test func `completion scripts complete files and folders`() throws {
    let bash = try shell("\"$tessera\" --generate-completion-script bash").text
    let lines = bash.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    for option in [
      "--image", "--input", "--output", "--trace", "--among", "--queries", "--reference", "--save",
      "--report", "--font", "--labels-file",
    ] {
      // In bash's script, the case of an option offers what it takes; -f and -fX are files.
      let places = lines.indices.filter { lines[$0].hasPrefix("'\(option)'") }
      #expect(!places.isEmpty, "\(option)")
      #expect(places.allSatisfy { lines[$0 + 1].contains("_completions ") }, "\(option)")
      #expect(places.allSatisfy { lines[$0 + 1].contains(" -f") }, "\(option)")
    }
    #expect(bash.contains("add_completions -d"))
  }

  @Test func `both commands say the same version`() throws {
    let tessera = try Command("tessera", ["--version"])
    let converter = try Command("weights-converter", ["--version"])
    #expect(tessera.status == 0 && converter.status == 0)
    #expect(tessera.text == converter.text)
  }

  @Test func `the converter calls an unknown option so`() throws {
    let run = try Command("weights-converter", ["x.pth", "--text-modle", "y", "-o", "z"])
    #expect(run.status == 64 && run.errors.contains("Unknown option '--text-modle'"))
    let missing = try Command("weights-converter", ["x.pth"])
    #expect(missing.status == 64 && missing.errors.contains("--output"))
  }
}
