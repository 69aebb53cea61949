import Foundation
import TesseraTestSupport
import Testing

/// A process that is killed loses what it had not committed, and nothing else.
@Suite(.serialized) struct KillTests {
  private let folder: IndexFolder
  private var generator = SplitMix64(seed: 19)

  init() throws {
    folder = try IndexFolder()
    let things = ["car", "whale", "boat", "tree", "star", "cake", "moon"]
    let colours = ["red", "blue", "green", "pink", "white"]
    for number in 0..<280 {
      let name = String(number + 1000)
      let words = "\(number % 3) \(colours[number % 5]) \(things[number % 7]) in the \(number)"
      try folder.write("\(name).txt", words)
    }
  }

  /// Runs a command and kills it after a random time; false where it had ended before.
  private mutating func kill(_ arguments: [String], within longest: Double) throws -> Bool {
    let process = Process()
    process.executableURL = Command.url("tessera")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    Thread.sleep(forTimeInterval: Double.random(in: 0...longest, using: &generator))
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
  }

  private func vectors(_ index: String, _ kind: String) throws -> Data {
    try Data(contentsOf: URL(filePath: "\(index)/\(kind)-0001.npy"))
  }

  /// Rows of an index that is whole; nil where there is none yet.
  private func rowCount() throws -> Int? {
    guard FileManager.default.fileExists(atPath: "\(folder.index)/index.sqlite") else { return nil }
    let run = try folder.store("verify")
    // Killed before the first transaction, there is a file and nothing in it.
    if run.status == 1, run.errors.contains("is no index") { return nil }
    struct Report: Decodable {
      let rows: Int
      let problems: [String]
    }
    let report = try JSONDecoder().decode(Report.self, from: run.output)
    #expect(run.status == 0 && report.problems.isEmpty, "\(report)")
    return report.rows
  }

  /// Of models whose rows are one vector, or a vector for each token.
  @Test(arguments: ["dense", "colbert"])
  mutating func `indexing goes on where it was killed, and ends with the same bits`(
    _ kind: String
  ) throws {
    let whole = folder.temporary.path("whole.tessera")
    let model = kind == "dense" ? [] : ["-m", Goldens.url("zoo/colbert").path]
    let start = ContinuousClock.now
    #expect(try Command("tessera", ["index", folder.files, "--into", whole] + model).status == 0)
    let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000
    var rows = 0
    for _ in 0..<8 {
      let wasKilled = try kill(
        ["index", folder.files, "--into", folder.index] + model, within: seconds)
      let found = try rowCount() ?? 0
      #expect(found >= rows)
      rows = found
      if !wasKilled { break }
    }
    #expect(
      try Command("tessera", ["index", folder.files, "--into", folder.index] + model).status == 0)
    #expect(try rowCount() == 280)
    #expect(try vectors(folder.index, kind) == vectors(whole, kind))
    let lists = try [folder.index, whole].map {
      try Command("tessera", ["store", "list", "--in", $0]).text
    }
    #expect(lists[0] == lists[1])
  }

  @Test mutating func `removing and compacting are done, or not begun`() throws {
    #expect(try folder.update().status == 0)
    for number in 0..<280 where !number.isMultiple(of: 3) {
      try folder.remove("\(number + 1000).txt")
    }
    for _ in 0..<4 {
      _ = try kill(["index", folder.files, "--into", folder.index, "--prune"], within: 0.4)
      let rows = try rowCount()
      #expect(rows == 280 || rows == 94)
    }
    #expect(try folder.update("--prune").status == 0)
    for _ in 0..<4 {
      _ = try kill(["store", "compact", "--in", folder.index], within: 0.2)
      #expect(try rowCount() == 94)
    }
    #expect(try folder.store("compact").status == 0)
    #expect(try folder.ids().count == 94)
    #expect(try folder.answers("a red car", "-k", "94")[0].hits.count == 94)
  }
}
