import Foundation
import TesseraTestSupport
import Testing

/// Options that are given twice, and words that begin with a dash.
@Suite struct GivenOptionTests {
  private let shell: Shell

  init() throws { shell = try Shell(model: ConvertedModels.visualTinyEnglish.get()) }

  @Test(arguments: [
    ("search --in a --in b whale", "--in is given twice, as a and as b"),
    ("encode --input a --input=b", "--input is given twice, as a and as b"),
    ("encode --text a -o b --output c", "--output is given twice, as b and as c"),
    ("encode --text a -m b --model c", "--model is given twice, as b and as c"),
    ("encode --text a --threads 3 --threads=-4", "--threads is given twice, as 3 and as -4"),
    ("search --in a whale -k 3 -k 5", "-k is given twice, as 3 and as 5"),
    ("rank whale --among a -k 3 --top 5", "--top is given twice, as 3 and as 5"),
    ("store list --in a --limit 3 --limit 5", "--limit is given twice, as 3 and as 5"),
    ("similarity --format json --format table a b", "--format is given twice"),
    ("plan --text a --text b", "--text is given twice, as a and as b"),
    ("bench --layers --seconds 1 --seconds 2", "--seconds is given twice, as 1 and as 2"),
  ])
  func `an option of which one value would be lost is refused`(
    command: String, says: String
  ) throws {
    let run = try shell("\"$tessera\" \(command)")
    #expect(run.status == 64 && run.errors.contains(says), "\(run.errors)")
    let name = command.prefix { $0 != "-" }.split(separator: " ")[0]
    #expect(run.errors.contains("Usage: tessera \(name) "), "\(run.errors)")
  }

  /// Holds what is known of flags and lists against what every command takes.
  @Test func `flags and lists may be repeated, in every command`() throws {
    let help = try Command("tessera", ["--experimental-dump-help"])
    let tree = try JSONDecoder().decode(Help.self, from: help.output)
    var count = 0
    for (path, arguments) in tree.command.leaves() where path.first != "help" {
      let options = arguments.filter { $0.kind == "option" && !$0.isRepeating }
      // Something that is refused, so that nothing runs.
      let single = ["--threads", "--input", "--in", "--into", "--where", "--output", "--endpoint"]
        .first { name in options.contains { $0.name == name } }
      guard let single else { continue }
      var words = path
      for argument in arguments where !["--help", "--version", single].contains(argument.name) {
        switch (argument.kind, argument.isRepeating) {
        case ("flag", _): words += [argument.name, argument.name]
        case ("option", true): words += [argument.name, "1", argument.name, "2"]
        case ("option", false) where !argument.isOptional: words += [argument.name, "1"]
        case ("positional", _) where !argument.isOptional: words += ["1"]
        default: break
        }
      }
      let run = try Command("tessera", words + [single, "1", single, "2"])
      #expect(
        run.status == 64 && run.errors.contains("\(single) is given twice, as 1 and as 2"),
        "\(words): \(run.errors)")
      count += 1
    }
    #expect(count > 20)
  }

  @Test func `words may begin with a dash`() throws {
    let run = try shell(
      """
      "$tessera" encode -m "$model" --text "-5 degrees" --text "--image of a whale" --text -5
      "$tessera" encode -m "$model" --text=--image --prompt "- "
      """)
    #expect(run.lines.count == 4, "\(run.errors)")
    #expect(run.lines.first?.contains("\"text\":\"-5 degrees\"") == true)
    #expect(run.lines.last?.contains("\"text\":\"--image\"") == true)
  }

  @Test(arguments: [
    "similarity -5 3", "search --in x '-5 degrees' -k 3", "rank --among x --quiet -5",
    "similarity --threads 1 a -7",
  ])
  func `words that begin with a dash are told where they belong`(command: String) throws {
    let run = try shell("\"$tessera\" \(command)")
    #expect(run.status == 64, "\(run.errors)")
    #expect(run.errors.contains("begins with a dash and is no option"), "\(run.errors)")
    #expect(run.errors.contains("stand behind two dashes, at the end: -- \"-"), "\(run.errors)")
  }

  @Test(arguments: ["encode 'a whale'", "tokenize 'a whale'", "encode --text b -- 'a whale'"])
  func `a text without its option is told which it is`(command: String) throws {
    let run = try shell("\"$tessera\" \(command)")
    #expect(run.status == 64, "\(run.errors)")
    #expect(
      run.errors.contains("Unexpected argument 'a whale': a text stands behind --text"),
      "\(run.errors)")
    let help = try shell("\"$tessera\" encode --help").text
    #expect(!help.contains("<others>"), "\(help)")
  }

  @Test(arguments: ["--image x.png", "-m x", "--format=json", "--resume"])
  func `an option is not taken for the words that are missing`(next: String) throws {
    let run = try shell("\"$tessera\" encode --text \(next)")
    #expect(run.status == 64, "\(run.errors)")
    #expect(run.errors.contains("Missing value for '--text': what follows is -"), "\(run.errors)")
    #expect(run.errors.contains("write --text=-"), "\(run.errors)")
  }

  @Test(arguments: ["encode --help", "help rank", "encode --text --help", "-h", "bench model -h"])
  func `help is given whatever else is wrong`(command: String) throws {
    let run = try shell("\"$tessera\" \(command)")
    #expect(run.status == 0 && run.text.contains("USAGE: tessera "), "\(run.errors)")
  }

  @Test func `what is wrong with arguments when a run has begun has its command's usage`() throws {
    let run = try shell("mkdir none; \"$tessera\" encode -m \"$model\" --image none")
    #expect(run.status == 64 && run.errors.contains("holds no picture"), "\(run.errors)")
    #expect(run.errors.contains("Usage: tessera encode "), "\(run.errors)")
  }
}

/// What the parser says of itself.
private struct Help: Decodable {
  let command: Node

  struct Node: Decodable {
    let commandName: String
    let arguments: [Argument]?
    let subcommands: [Node]?

    /// The commands that run, each with the words that call it.
    func leaves(_ path: [String] = []) -> [(path: [String], arguments: [Argument])] {
      guard let subcommands, !subcommands.isEmpty else { return [(path, arguments ?? [])] }
      return subcommands.flatMap { $0.leaves(path + [$0.commandName]) }
    }
  }

  struct Argument: Decodable {
    let kind: String
    let isOptional: Bool
    let isRepeating: Bool
    let names: [Name]?

    struct Name: Decodable {
      let kind: String
      let name: String
    }

    /// As it is typed, the long one of several.
    var name: String {
      let long = names?.first { $0.kind == "long" }.map { "--\($0.name)" }
      return long ?? names?.first.map { "-\($0.name)" } ?? ""
    }
  }
}
