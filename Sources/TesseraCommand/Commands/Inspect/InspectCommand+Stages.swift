import Foundation
import TesseraEmbedders
import TesseraStudy

/// What a run leaves: a file of its stages, and notes.
extension InspectCommand {
  func save(_ traced: TracedEmbedding, to file: String) throws {
    if file.hasSuffix(".npz") {
      try traced.saveArchive(to: URL(filePath: file))
    } else {
      try traced.save(to: URL(filePath: file))
    }
  }

  func note(_ traced: TracedEmbedding) {
    Notices.print(traced.embedding, of: item.line.row.place)
    if traced.stages.isEmpty {
      StandardError.write("note: no stage has a name like \(layers.joined(separator: ", "))")
    }
  }
}
