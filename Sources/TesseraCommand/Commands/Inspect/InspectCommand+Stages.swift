import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraFiles
import TesseraStudy

/// What a run leaves: a file of its stages, and notes.
extension InspectCommand {
  func save(_ traced: TracedEmbedding, to file: String) throws {
    try Destination.write(to: file) { url in
      if file.hasSuffix(".npz") {
        try traced.saveArchive(to: url)
      } else {
        try traced.save(to: url)
      }
    }
  }

  func note(_ traced: TracedEmbedding) {
    Notices.print(traced.embedding, of: item.line, readAs: model.pixels)
  }

  /// - Throws: `NoStage` for a pattern of `--layers` that no stage's name is like.
  func requireMatches(_ traced: TracedEmbedding) throws {
    for pattern in layers {
      let names = NamePattern(pattern)
      guard traced.stages.contains(where: { names.matches($0.name) }) else {
        throw NoStage(pattern: pattern)
      }
    }
  }
}

/// A pattern that picks nothing.
struct NoStage: Error, CustomStringConvertible {
  let pattern: String

  var description: String {
    "--layers \(pattern.quoted): no stage has such a name; inspect without --layers lists them all"
  }
}
