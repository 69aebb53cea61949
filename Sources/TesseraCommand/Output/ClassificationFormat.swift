import ArgumentParser
import TesseraJSON

/// How the probabilities of labels are written.
enum ClassificationFormat: String, ExpressibleByArgument, CaseIterable {
  case table, jsonl

  func text(
    _ row: ItemRow, _ labels: [String], _ probabilities: Result<[Float], ItemFailure>
  ) -> String {
    switch self {
    case .table: table(row, labels, probabilities)
    case .jsonl: json(row, labels, probabilities)
    }
  }

  /// The image or text, then its labels, likeliest first.
  private func table(
    _ row: ItemRow, _ labels: [String], _ probabilities: Result<[Float], ItemFailure>
  ) -> String {
    let name = row.image ?? row.label
    switch probabilities {
    case .failure: return "\(name)\n       –  (failed)\n"
    case .success(let values):
      let lines = zip(labels, values).sorted { $0.1 > $1.1 }
        .map { "  \(Decimals.text($1 * 100, digits: 1, width: 5)) %  \($0)" }
      return ([name] + lines).joined(separator: "\n") + "\n"
    }
  }

  private func json(
    _ row: ItemRow, _ labels: [String], _ probabilities: Result<[Float], ItemFailure>
  ) -> String {
    JSONWriter.line { object in
      row.writeFields(to: &object)
      switch probabilities {
      case .success(let values):
        let best = values.indices.max { values[$0] < values[$1] }
        object.member("label", best.map { labels[$0] } ?? "")
        object.object("probabilities") { object in
          for (label, value) in zip(labels, values) { object.member(label, value) }
        }
      case .failure(let error):
        object.member("error", row.message(error))
      }
    }
  }
}
