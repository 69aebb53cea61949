import ArgumentParser
import TesseraJSON

/// How the probabilities of labels are written.
enum ClassificationFormat: String, ExpressibleByArgument, CaseIterable {
  case table, jsonl

  /// - Parameter areShares: whether they are probabilities, and no numbers of any size.
  func text(
    _ row: ItemRow, _ labels: [String], _ probabilities: Result<[Float], ItemFailure>,
    areShares: Bool = true
  ) -> String {
    switch self {
    case .table: table(row, labels, probabilities, areShares)
    case .jsonl: json(row, labels, probabilities, areShares)
    }
  }

  /// The image or text, then its labels, likeliest first.
  private func table(
    _ row: ItemRow, _ labels: [String], _ probabilities: Result<[Float], ItemFailure>,
    _ areShares: Bool
  ) -> String {
    let name = row.image ?? row.label
    switch probabilities {
    case .failure: return "\(name)\n       –  (failed)\n"
    case .success(let values):
      let lines = zip(labels, values).sorted { $0.1 > $1.1 }
        .map { label, value in
          let number =
            areShares
            ? "\(Decimals.text(value * 100, digits: 1, width: 5)) %"
            : Decimals.text(value, digits: 4, width: 9)
          return "  \(number)  \(label)"
        }
      return ([name] + lines).joined(separator: "\n") + "\n"
    }
  }

  private func json(
    _ row: ItemRow, _ labels: [String], _ probabilities: Result<[Float], ItemFailure>,
    _ areShares: Bool
  ) -> String {
    JSONWriter.line { object in
      row.writeFields(to: &object)
      switch probabilities {
      case .success(let values):
        let best = values.indices.max { values[$0] < values[$1] }
        object.member("label", best.map { labels[$0] } ?? "")
        object.object(areShares ? "probabilities" : "scores") { object in
          for (label, value) in zip(labels, values) { object.member(label, value) }
        }
      case .failure(let error):
        object.member("error", row.message(error))
      }
    }
  }
}
