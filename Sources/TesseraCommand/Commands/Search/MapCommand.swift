import ArgumentParser
import TesseraJSON
import TesseraRetrieval
import TesseraTensors

struct MapCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "map",
    abstract:
      "Draws an index as a page: each row where it lies along the two axes of most variance.",
    discussion: "The page holds its thumbnails and opens without a network.")

  @OptionGroup var store: StoreOptions
  @Option(name: .shortAndLong, help: "The page to write: a .html file.", completion: .file())
  var output: String
  @Option(name: .customLong("where"), help: "Only rows of which this is true, as search takes it.")
  var condition: String?
  @Option(
    parsing: .unconditional, help: "Of more rows, so many spread evenly over the index are drawn.")
  var limit = 10_000
  @Option(parsing: .unconditional, help: "Pictures that are drawn as such; the others are points.")
  var thumbnails = 1000

  func check() throws {
    try FileEnding.require(".html", of: output, option: "--output")
    guard limit > 0 else {
      throw ValidationError("--limit is \(limit); expected a positive number.")
    }
    guard thumbnails >= 0 else {
      throw ValidationError("--thumbnails is \(thumbnails); expected 0 or more.")
    }
    if let condition {
      do { _ = try Filter(condition) } catch { throw ValidationError("\(error)") }
    }
  }

  func run() throws {
    let planned = try PlannedOutputs(output)
    try planned.spareIndex(StoreAddress(store.index))
    let store = try store.reading()
    let (items, vectors, count) = try store.sample(
      limit, where: try condition.map { try Filter($0) })
    for item in items { try planned.spare(item) }
    if count > items.count {
      StandardError.note("\(items.count) of \(count) rows are drawn; --limit draws more")
    }
    let map = try IndexMap(
      name: store.path, items: items, vectors: vectors, thumbnailCount: thumbnails)
    let file = try OutputFile(path: output)
    try file.write(map.html)
    try file.finish()
  }
}
