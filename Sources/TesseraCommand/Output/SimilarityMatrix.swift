import TesseraEmbedders
import TesseraJSON
import TesseraTensors

/// Scores between all items, row as query and column as passage; an item that failed has none.
struct SimilarityMatrix: Report {
  private let rows: [ItemRow]
  private let failures: [ItemFailure?]
  private let values: [[Float?]]

  init(
    _ items: [(row: ItemRow, result: Result<Embedding, ItemFailure>)],
    score: (Embedding, Embedding) -> Float?
  ) {
    rows = items.map(\.row)
    failures = items.map { if case .failure(let error) = $0.result { error } else { nil } }
    let embeddings = items.map { try? $0.result.get() }
    values = Parallel.map(embeddings.count) { i in
      embeddings.map { other in
        if let one = embeddings[i], let other { score(one, other) } else { nil }
      }
    }
  }

  var json: String {
    JSONWriter.line { object in
      object.objects("items", zip(rows, failures)) { object, item in
        item.0.writeFields(to: &object)
        if let error = item.1 { object.member("error", item.0.message(error)) }
      }
      object.member("similarity", values.map { row in row.map { $0 ?? .nan } })
    }
  }

  var table: String {
    let header = rows.indices.map { Decimals.pad("[\($0)]", to: 8) }.joined()
    let lines = zip(rows, values).map { row, line in
      let numbers = line.map { Decimals.text($0 ?? .nan, digits: 4, width: 8) }.joined()
      return Decimals.pad("[\(row.index)]", to: 5) + numbers + "  " + row.label
    }
    return ([Decimals.pad("", to: 5) + header] + lines).joined(separator: "\n") + "\n"
  }
}
