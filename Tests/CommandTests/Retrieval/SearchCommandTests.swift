import Foundation
import TesseraTestSupport
import Testing

/// `tessera search` over a few texts and pictures.
struct SearchCommandTests {
  private let folder: IndexFolder

  init() throws {
    folder = try IndexFolder()
    try folder.copyPicture("021", to: "car.webp")
    try folder.copyPicture("000", to: "whale.webp")
    try folder.write(
      "list.jsonl",
      """
      {"id":"car","text":"a red car","year":2020}
      {"id":"whale","text":"a blue whale","year":2021}
      {"id":"boat","text":"a red boat","year":2022}
      {"id":"white space","text":"a green tree in a meadow"}
      """)
    #expect(try folder.update().status == 0)
  }

  @Test func `the nearest of all kinds, the rows as they were listed`() throws {
    let answers = try folder.answers("a blue whale", "@\(folder.files)/car.webp", "-k", "2")
    #expect(answers.map(\.index) == [0, 1])
    #expect(answers[0].hits.map(\.rank) == [1, 2])
    #expect(answers[0].hits[0].id == "whale" && answers[0].hits[0].score > 0.9999)
    #expect(answers[0].hits[0].metadata == ["year": 2021])
    #expect(answers[1].hits[0].path?.hasSuffix("car.webp") == true)
    #expect(answers[1].hits[0].kind == "picture")
  }

  /// Arguments of a command, and what of its files it would overwrite.
  @Test(arguments: [
    (["search", "--in", "I", "@F/car.webp", "-o", "F/car.webp"], "F/car.webp"),
    (["search", "--in", "I", "--input", "F/list.jsonl", "-o", "F/list.jsonl"], "F/list.jsonl"),
    (["search", "--in", "I", "a", "--plus", "@F/car.webp", "-o", "F/car.webp"], "F/car.webp"),
    (["search", "--in", "I", "a whale", "--all", "-o", "F/whale.webp"], "F/whale.webp"),
    (["search", "--in", "I", "a", "-o", "I/index.sqlite"], "I/index.sqlite"),
    (["store", "export", "--in", "I", "-o", "I/dense-0001.npy"], "I/dense-0001.npy"),
    (["store", "export", "--in", "I", "-o", "F/x.npy", "--ids", "F/list.jsonl"], "F/list.jsonl"),
  ])
  func `what is read is not overwritten`(arguments: [String], file: String) throws {
    func named(_ text: String) -> String {
      let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      return switch parts[0] {
      case "I": ([folder.index] + parts.dropFirst().map(String.init)).joined(separator: "/")
      case "F": "\(folder.files)/\(parts[1])"
      case "@F": "@\(folder.files)/\(parts[1])"
      default: text
      }
    }
    let before = try Data(contentsOf: URL(filePath: named(file)))
    let run = try Command("tessera", arguments.map(named))
    #expect(run.status == 1 && run.errors.contains("expected another file to write to"))
    #expect(try Data(contentsOf: URL(filePath: named(file))) == before)
  }

  @Test func `vectors and their ids go to two files`() throws {
    let file = folder.temporary.path("x.npy")
    let run = try folder.store("export", "-o", file, "--ids", file)
    #expect(run.status == 1 && run.errors.contains("would be written twice"))
  }

  @Test func `conditions, pages and least scores`() throws {
    let all = try folder.answers("a red car", "--all")[0].hits
    #expect(all.count == 6)
    let page = try folder.answers("a red car", "-k", "2", "--offset", "1")[0].hits
    #expect(page.map(\.id) == all[1...2].map(\.id) && page.map(\.rank) == [2, 3])
    let good = try folder.answers("a red car", "--all", "--min-score", "\(all[1].score)")[0].hits
    #expect(good.count == 2)
    #expect(try folder.answers("a red car", "--all", "--min-score", "-1")[0].hits.count == 6)
    let pictures = try folder.answers("a red car", "--where", "kind = picture and width = 256")
    #expect(pictures[0].hits.map(\.kind) == ["picture", "picture"])
    #expect(try folder.answers("car", "--where", "year > 2020")[0].hits.count == 2)
    #expect(try folder.answers("car", "--where", "modified >= 2020")[0].hits.count == 6)
    let misspelled = try folder.search("car", "--where", "KIND = picture and yeer = 2020")
    #expect(misspelled.status == 0 && misspelled.errors.contains("no row has the field 'yeer'"))
    #expect(misspelled.errors.contains("'KIND'; there is kind"))
    let none = try folder.search("car", "--where", "year = 1")
    #expect(none.status == 0 && !none.errors.contains("no row has"), "\(none.errors)")
  }

  @Test func `sums and differences of queries`() throws {
    let plain = try folder.answers("a red car", "-k", "6")[0].hits
    let moved = try folder.answers(
      "a red car", "--plus", "3*a red boat", "--minus", "0.5*a red car", "-k", "6")[0].hits
    #expect(plain[0].id == "car" && moved[0].id == "boat")
    let nothing = try folder.search("a red car", "--minus", "a red car")
    #expect(nothing.status == 1 && nothing.errors.contains("nothing is left"))
    for term in ["0*a", "-1*a", "nan*a", "2*", ""] {
      #expect(try folder.search("a", "--plus=\(term)").status == 64, "\(term)")
    }
  }

  @Test func `files that changed or went are marked`() throws {
    try folder.remove("whale.webp")
    try folder.write("car.webp", "no picture any more")
    let hits = try folder.answers("a whale", "--where", "kind = picture")[0].hits
    #expect(Set(hits.map { "\($0.file ?? "")" }) == ["gone", "changed"])
    let sheet = try folder.search("a whale", "--format", "html", "--where", "kind = picture")
    #expect(sheet.text.contains(">gone<") && sheet.text.contains("no picture"))
  }

  @Test func `a contact sheet is whole in one file`() throws {
    let run = try folder.search(
      "a <whale> & \"more\"", "@\(folder.files)/car.webp", "--format", "html")
    #expect(run.status == 0)
    let page = run.text
    #expect(page.contains("a &lt;whale&gt; &amp; &quot;more&quot;"))
    // Each query shows both pictures, the second also itself.
    #expect(page.components(separatedBy: "data:image/png;base64,").count == 6)
    for word in ["http:", "https:", "src=\"/", "<script"] { #expect(!page.contains(word)) }
    #expect(page.hasSuffix("</html>\n"))
  }

  @Test func `paths and runs for other programs`() throws {
    let paths = try folder.search("a car", "a whale", "--all", "--format", "paths")
    #expect(Set(paths.lines.map { URL(filePath: $0).lastPathComponent }).count == paths.lines.count)
    let run = try folder.search("a car", "-k", "1", "--where", "id = car", "--format", "trec")
    let fields = run.lines[0].split(separator: " ")
    #expect(fields.count == 6 && fields[0] == "0" && fields[1] == "Q0" && fields[2] == "car")
    let spaces = try folder.search("a car", "--where", "id = 'white space'", "--format", "trec")
    #expect(spaces.status == 1 && spaces.errors.contains("white space"))
  }

  @Test func `a query that fails is a row, and the rest is done`() throws {
    let run = try folder.search("@/nowhere.png", "a car", "-k", "1", "--format", "jsonl")
    #expect(run.status == 1 && run.lines.count == 2)
    let answers = try run.lines.map {
      try JSONDecoder().decode(IndexFolder.Answer.self, from: Data($0.utf8))
    }
    #expect(answers[0].error?.contains("/nowhere.png") == true && answers[0].hits.isEmpty)
    #expect(answers[1].hits.count == 1)
  }

  @Test func `another model is refused in words`() throws {
    let model = try ConvertedModels.visualTinyEnglish.get().path
    let run = try folder.search("a car", "-m", model)
    #expect(run.status == 1)
    for word in ["weights: ", "tokenizer: ", "in the index", "dimension: 128 in the index"] {
      #expect(run.errors.contains(word), "\(run.errors)")
    }
    let index = try folder.update("-m", model)
    #expect(index.status == 1 && index.errors.contains("in the index"))
  }

  @Test func `wrong arguments`() throws {
    for arguments in [
      [], ["a", "--input", "-"], ["a", "-k", "0"], ["a", "-k", "3", "--all"],
      ["a", "--offset", "-1"], ["a", "--where", "year >"], ["a", "--format", "xml"],
    ] {
      let run = try Command("tessera", ["search", "--in", folder.index] + arguments)
      #expect(run.status == 64, "\(arguments)")
    }
    let missing = try Command("tessera", ["search", "--in", "/nowhere.tessera", "a"])
    #expect(missing.status == 1 && missing.errors.contains("no index"))
  }
}
