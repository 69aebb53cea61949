import TesseraEmbedders
import TesseraJSON
import TesseraTensors

/// Scores between all items, row as query and column as passage; an item that failed has none.
///
/// They are computed and written some rows at a time, as those of many items fit no memory.
struct SimilarityMatrix {
  private let rows: [ItemRow]
  private let failures: [ItemFailure?]
  private let embeddings: [Embedding?]
  private let score: (Embedding, Embedding) -> Float?

  /// Enough for the threads.
  private static let rowsAtOnce = 64

  init(
    _ items: [(row: ItemRow, result: Result<Embedding, ItemFailure>)],
    score: @escaping (Embedding, Embedding) -> Float?
  ) {
    rows = items.map(\.row)
    failures = items.map { if case .failure(let error) = $0.result { error } else { nil } }
    embeddings = items.map { try? $0.result.get() }
    self.score = score
  }

  func write(_ format: ReportFormat, to output: OutputFile) throws {
    switch format {
    case .table: try writeTable(to: output)
    case .json: try writeJSON(to: output)
    }
    try output.finish()
  }

  private func writeJSON(to output: OutputFile) throws {
    var json = JSONWriter()
    json.writeRaw("{\"items\":")
    json.writeArray(zip(rows, failures)) { json, item in
      json.writeObject { object in
        item.0.writeFields(to: &object)
        if let error = item.1 { object.member("error", item.0.message(error)) }
      }
    }
    json.writeRaw(",\"similarity\":[")
    try output.write(json.text)
    try forEachRow { index, scores in
      var json = JSONWriter()
      if index > 0 { json.writeRaw(",") }
      json.writeArray(scores) { $0.write($1) }
      return json.text
    } write: {
      try output.write($0)
    }
    try output.write("]}\n")
  }

  private func writeTable(to output: OutputFile) throws {
    let header = rows.indices.map { Decimals.pad("[\($0)]", to: 8) }.joined()
    try output.write(Decimals.pad("", to: 5) + header + "\n")
    try forEachRow { index, scores in
      let numbers = scores.map { Decimals.text($0, digits: 4, width: 8) }.joined()
      return Decimals.pad("[\(rows[index].index)]", to: 5) + numbers + "  \(rows[index].label)\n"
    } write: {
      try output.write($0)
    }
  }

  /// - Parameter text: of a row's number and its scores, NaN for none; asked on several threads.
  private func forEachRow(
    _ text: (Int, [Float]) -> String, write: (String) throws -> Void
  ) throws {
    for start in stride(from: 0, to: rows.count, by: Self.rowsAtOnce) {
      let count = min(Self.rowsAtOnce, rows.count - start)
      try Parallel.map(count) { text(start + $0, scores(of: start + $0)) }.forEach(write)
    }
  }

  private func scores(of index: Int) -> [Float] {
    embeddings.map { other in
      guard let one = embeddings[index], let other else { return .nan }
      return score(one, other) ?? .nan
    }
  }
}
