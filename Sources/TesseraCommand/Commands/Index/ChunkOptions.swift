import ArgumentParser
import TesseraRetrieval

/// How long texts are cut. The first run decides, for all texts of an index.
struct ChunkOptions: ParsableArguments, CheckedArguments {
  @Option(
    parsing: .unconditional,
    help: "Tokens of a part of a text; 256 by default, or what the model reads if less.")
  var chunkTokens: Int?
  @Option(
    parsing: .unconditional,
    help: "Tokens that a part repeats at most, in whole sentences; an eighth by default.")
  var overlap: Int?

  func check() throws {
    if let chunkTokens, chunkTokens <= 0 {
      throw ValidationError("--chunk-tokens is \(chunkTokens); expected a positive number.")
    }
    if let overlap, overlap < 0 {
      throw ValidationError("--overlap is \(overlap); expected 0 or more.")
    }
    if let chunkTokens, let overlap, overlap >= chunkTokens {
      throw ValidationError("--overlap must be less than --chunk-tokens.")
    }
  }

  /// - Parameter room: tokens of a text that the model reads.
  func record(in store: DiskStore, room: () throws -> Int) throws -> (limit: Int, overlap: Int) {
    if let kept = try store.value(of: "chunks") {
      let numbers = kept.split(separator: " ").compactMap { Int($0) }
      let (limit, again) = (numbers.first ?? 1, numbers.last ?? 0)
      guard chunkTokens ?? limit == limit, overlap ?? again == again else {
        throw ValidationError(
          "The index has parts of \(limit) tokens that repeat \(again): all must be cut alike.")
      }
      return (limit, again)
    }
    let room = try room()
    let limit = chunkTokens ?? min(256, room)
    guard limit <= room else {
      throw ValidationError(
        "--chunk-tokens is \(limit); this model reads \(room) tokens of a text at most.")
    }
    let again = overlap ?? limit / 8
    guard again < limit else {
      throw ValidationError("--overlap is \(again); expected less than \(limit).")
    }
    try store.setValue("\(limit) \(again)", of: "chunks")
    return (limit, again)
  }
}
