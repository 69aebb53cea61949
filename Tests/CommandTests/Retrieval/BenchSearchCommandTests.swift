import Foundation
import TesseraTestSupport
import Testing

/// `tessera bench search`; what it says of time is nobody's to check.
struct BenchSearchCommandTests {
  private struct Row: Decodable {
    let medianMilliseconds: Double
    let rows: Int
    let dimensions: Int
    let recall: Double
    let precision: String

    enum CodingKeys: String, CodingKey {
      case medianMilliseconds = "median_ms"
      case rows, dimensions, recall, precision
    }
  }

  private func bench(_ arguments: [String]) throws -> Row {
    let run = try Command(
      "tessera",
      ["bench", "search", "--seconds", "0.01", "--repetitions", "1", "--format", "json"]
        + arguments)
    #expect(run.status == 0, "\(run.errors)")
    return try JSONDecoder().decode(Row.self, from: run.output)
  }

  @Test(arguments: ["float32", "int8"])
  func `made-up vectors`(precision: String) throws {
    let row = try bench([
      "--rows", "500", "--dimensions", "40", "--precision", precision, "--batch", "3", "-k", "5",
    ])
    #expect(row.rows == 500 && row.dimensions == 40 && row.precision == precision)
    #expect(row.recall == 1 && row.medianMilliseconds > 0)
  }

  @Test func `vectors of a file, and of an index without its removed rows`() throws {
    let folder = try IndexFolder()
    try folder.write(
      "list.jsonl",
      (0..<30).map { #"{"id":"\#($0)","text":"a car of \#($0)"}"# }.joined(separator: "\n"))
    #expect(try folder.update().status == 0)
    #expect(try bench(["--in", folder.index, "-k", "3"]).rows == 30)
    try folder.write(
      "list.jsonl",
      (0..<20).map { #"{"id":"\#($0)","text":"a car of \#($0)"}"# }.joined(separator: "\n"))
    #expect(try folder.update("--prune").status == 0)
    let row = try bench(["--in", folder.index, "-k", "50"])
    #expect(row.rows == 20 && row.recall == 1)

    let npy = folder.temporary.path("v.npy")
    let encode = try Command(
      "tessera", ["encode", "--text", "a car", "--text", "a whale", "--format", "npy", "-o", npy])
    #expect(encode.status == 0)
    #expect(try bench(["--vectors", npy, "--queries", npy]).rows == 2)
  }

  @Test func `wrong arguments`() throws {
    for arguments in [
      [], ["--rows", "5", "--in", "x"], ["--vectors", "x", "--dimensions", "3"],
      ["--rows", "0"], ["--rows", "5", "-k", "0"], ["--rows", "5", "--precision", "int4"],
      ["--rows", "5", "--seconds", "0"],
    ] {
      let run = try Command("tessera", ["bench", "search"] + arguments)
      #expect(run.status == 64, "\(arguments)")
    }
    let missing = try Command("tessera", ["bench", "search", "--vectors", "/nowhere.npy"])
    #expect(missing.status == 1 && missing.errors.contains("/nowhere.npy"))
  }
}
