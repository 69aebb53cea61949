import Foundation
import TesseraEmbedders
import TesseraStudy

/// `--report`: a page for a browser.
extension InspectCommand {
  func writePage(to file: String, of embedder: Embedder, _ patches: [StagePatch]) throws {
    let page = try StudyReport(
      of: item.line.item.get(), in: embedder, model: model.model.title, patching: patches)
    try Destination.write(to: file) { try page.write(to: $0) }
  }
}
