import TesseraEmbedders
import TesseraJSON
import TesseraStudy

/// What tokens look at, a line for each, for people or for programs.
struct AttentionReport: Report {
  private let map: AttentionMap

  init(_ map: AttentionMap) { self.map = map }

  /// Shares of the picture, the words and the special tokens, and the largest single weights.
  var table: String {
    let rows = map.queries.indices.filter { !isPatch($0) || map.queries.count == 1 }
    let names = rows.map { ItemRow.line(map.sequence.tokens[map.queries[$0]].text, maximum: 40) }
    let width = (names + ["token"]).map(\.count).max() ?? 0
    let header =
      "token" + String(repeating: " ", count: width - 5) + "   picture     words   special"
      + "  looks most at\n"
    let lines = zip(rows, names).map { row, name in
      let weights = map.row(row)
      let shares = AttentionShares(weights, map.sequence.tokens)
      let numbers = [shares.picture, shares.words, shares.special]
        .map { Decimals.text($0, digits: 4, width: 10) }.joined()
      return name + String(repeating: " ", count: width - name.count) + numbers + "  "
        + largest(weights) + "\n"
    }
    return "\(map.title)\n" + header + lines.joined()
  }

  private func isPatch(_ row: Int) -> Bool { map.sequence.tokens[map.queries[row]].isPatch }

  private func largest(_ weights: [Float]) -> String {
    zip(map.sequence.tokens, weights).sorted { $0.1 > $1.1 }.prefix(5)
      .map { ItemRow.line($0.text, maximum: 40) + " " + Decimals.text($1, digits: 4, width: 0) }
      .joined(separator: ", ")
  }

  var json: String {
    JSONWriter.line { object in
      object.member("stage", map.title)
      object.member("tokens", map.sequence.tokens.map(\.text))
      object.member("rows", map.queries)
      object.member("weights", map.queries.indices.map { map.row($0) })
    }
  }
}
