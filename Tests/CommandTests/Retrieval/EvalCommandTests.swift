import Foundation
import TesseraTestSupport
import Testing

/// `tessera eval`.
struct EvalCommandTests {
  private let files: TemporaryFolder

  init() throws {
    files = try TemporaryFolder()
    try write("qrels", "q1 0 a 2\nq1 0 b 1\nq2 0 a 1\nq3 0 c 1\n")
    try write("run", "q1 Q0 b 1 0.9 x\nq1 Q0 a 2 0.8 x\nq2 Q0 b 1 0.5 x\nq2 Q0 a 2 0.5 x\n")
    try write("better", "q1 Q0 a 1 0.9 x\nq1 Q0 b 2 0.8 x\nq2 Q0 a 1 0.5 x\n")
  }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: files.url.appending(path: name))
  }

  private func eval(_ arguments: String...) throws -> Command {
    try Command("tessera", ["eval"] + arguments)
  }

  private func evalRun(_ arguments: String...) throws -> Command {
    try Command(
      "tessera",
      ["eval", "--run", files.path("run"), "--qrels", files.path("qrels")] + arguments)
  }

  private func numbers(_ line: String) throws -> [String: Any] {
    try #require(
      JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test func `means under MTEB's names, a missing query counting 0`() throws {
    let run = try evalRun("--format", "json")
    #expect(run.status == 0 && run.lines.count == 1)
    let all = try numbers(run.lines[0])
    #expect(all["queries"] as? Int == 3)
    // By hand: b and then a of q2 have equal scores, and the larger id comes first.
    #expect(all["mrr_at_10"] as? Double == 0.5 && all["success_at_1"] as? Double == 1.0 / 3)
    #expect(all["map"] as? Double == 0.5 && all["recall_at_10"] as? Double == 2.0 / 3)
    for name in ["ndcg_at_10", "precision_at_5", "map_at_100", "recall_at_1"] {
      #expect(all[name] is Double, "\(name)")
    }
    #expect(run.errors.contains("1 judged query has no hits"))
    #expect(run.errors.contains("equal scores across place 1 in 1 query"))
    let table = try evalRun().lines
    #expect(table.count == 7 && table[0].contains("@10") && table[1].hasPrefix("ndcg"))
    let found = try numbers(evalRun("--format", "json", "--complete", "no").text)
    #expect(found["queries"] as? Int == 2 && found["mrr_at_10"] as? Double == 0.75)
    #expect(try !evalRun("--complete", "no").errors.contains("no hits"))
  }

  @Test func `each query, and other cuts`() throws {
    let run = try evalRun("--format", "json", "--per-query", "--at", "2,1")
    #expect(run.lines.count == 4)
    let queries = try run.lines.map(numbers)
    #expect(queries.map { $0["query"] as? String } == ["q1", "q2", "q3", nil])
    #expect(queries[2]["found"] as? Bool == false && queries[0]["mrr_at_1"] as? Double == 1)
    #expect(queries[3]["ndcg_at_2"] != nil && queries[3]["ndcg_at_10"] == nil)
    let table = try evalRun("--per-query")
    #expect(table.text.contains("no hits") && table.text.contains("ndcg_at_10"))
  }

  @Test func `two runs are compared query by query`() throws {
    let run = try evalRun("--format", "json", "--against", files.path("better"))
    let against = try #require(numbers(run.text)["against"] as? [String: [String: Double]])
    let mrr = try #require(against["mrr_at_10"])
    #expect(mrr["value"] == 2.0 / 3 && mrr["p"] == 1)
    #expect(mrr["losses"] == 1 && mrr["wins"] == 0 && mrr["ties"] == 2)
    let table = try evalRun("--against", files.path("better"))
    #expect(table.lines[0].contains("difference") && table.lines.count == 32)
  }

  @Test func `an index is asked`() throws {
    let folder = try IndexFolder()
    try folder.write(
      "list.jsonl",
      """
      {"_id":"car","text":"a red car"}
      {"_id":"whale","text":"a blue whale"}
      {"_id":"boat","text":"a red boat"}
      """)
    #expect(try folder.update().status == 0)
    try write(
      "queries.jsonl",
      """
      {"_id":"q1","text":"a red car","relevant":["car"]}
      {"_id":"q2","text":"a blue whale","relevant":{"whale":2,"boat":1}}
      {"_id":"unjudged","text":"a tree"}
      """)
    let run = try eval(
      "--in", folder.index, "--queries", files.path("queries.jsonl"), "--format", "json")
    #expect(run.status == 0)
    let all = try numbers(run.text)
    #expect(all["queries"] as? Int == 2 && all["success_at_1"] as? Double == 1)
    #expect(all["recall_at_10"] as? Double == 1)

    // The same with judgements of their own, and as a run that search wrote.
    try write("own", "q1 0 car 1\nq2 0 whale 2\nq2 0 boat 1\n")
    let given = try eval(
      "--in", folder.index, "--queries", files.path("queries.jsonl"), "--qrels", files.path("own"),
      "--format", "json")
    #expect(given.text == run.text && !given.errors.contains("are not"), "\(given.errors)")
    try write("others", "q1 0 car 1\nq1 0 tree 1\nq9 0 boat 1\n")
    let others = try eval(
      "--in", folder.index, "--queries", files.path("queries.jsonl"), "--qrels",
      files.path("others"))
    #expect(others.errors.contains("1 of 2 judged queries are not among the queries: 'q9'"))
    #expect(others.errors.contains("1 of 3 relevant documents are not in the index"))
    for format in ["trec", "jsonl"] {
      let search = try folder.search(
        "--input", files.path("queries.jsonl"), "--all", "--format", format)
      try write("found", search.text)
      let again = try eval(
        "--run", files.path("found"), "--qrels", files.path("own"), "--format", "json")
      #expect(again.text == run.text && again.errors.contains("1 query of the run was not judged"))
    }
  }

  @Test func `a query that fails counts as without hits`() throws {
    let folder = try IndexFolder()
    try folder.write("list.jsonl", #"{"id":"car","text":"a red car"}"#)
    #expect(try folder.update().status == 0)
    try write(
      "queries.jsonl",
      """
      {"id":"q1","text":"a car","relevant":["car"]}
      {"id":"q2","image":"/nowhere.png","relevant":["car"]}
      """)
    let run = try eval(
      "--in", folder.index, "--queries", files.path("queries.jsonl"), "--format", "json")
    #expect(run.status == 1 && run.errors.contains("/nowhere.png"))
    #expect(try numbers(run.text)["recall_at_1"] as? Double == 0.5)
  }

  @Test func `wrong arguments, and files that do not do`() throws {
    let (run, qrels) = (files.path("run"), files.path("qrels"))
    for arguments in [
      [], ["--run", run], ["--in", "x"], ["--run", run, "--in", "x", "--qrels", qrels],
      ["--run", run, "--qrels", qrels, "--queries", "q"],
      ["--run", run, "--qrels", qrels, "-m", "x"],
      ["--run", run, "--qrels", qrels, "--at", "0"], ["--run", run, "--qrels", qrels, "--at", ""],
      ["--run", run, "--qrels", qrels, "--depth", "5"],
      ["--in", "x", "--queries", "q", "--depth", "0"],
    ] {
      #expect(try Command("tessera", ["eval"] + arguments).status == 64, "\(arguments)")
    }
    let missing = try eval("--run", "/nowhere", "--qrels", qrels)
    #expect(missing.status == 1 && missing.errors.contains("/nowhere"))
    let swapped = try eval("--run", qrels, "--qrels", run)
    #expect(swapped.status == 1 && swapped.errors.contains("line 1"))
  }
}
