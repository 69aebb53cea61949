import TesseraEmbedders
import TesseraStudy

/// An explanation as tables, or as JSON.
struct ExplanationReport: Report {
  let rows: [ItemRow]
  let explanation: Explanation

  var table: String {
    var lines = ["cosine \(Self.number(explanation.cosine, width: 0))", "", "by dimension"]
    lines += explanation.dimensionGroups.map { group in
      let range = "\(group.dimensions.lowerBound)…\(group.dimensions.upperBound - 1)"
      return Decimals.pad(range, to: 13) + Self.number(group.value)
    }
    for (row, side) in zip(rows, [explanation.first, explanation.second]) {
      lines += ["", "[\(row.index)] \(row.label)"]
      lines += contributions(side.contributions)
      if let cells = side.cells { lines += places(cells) }
      lines += attention(side)
      lines += omissions(side.omissions)
      if let fusion = side.fusion { lines += effects(fusion, side) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func contributions(_ terms: Explanation.Contributions) -> [String] {
    var lines = [
      "  terms of the cosine, by part; heads by what they read",
      Self.line(
        "layer",
        ["special", "image", "text", "feed-fwd", "biases", "norms", "sum"].map {
          Decimals.pad($0, to: 10)
        }) + "  strongest head",
    ]
    lines += terms.layers.enumerated().map { index, layer in
      let heads = layer.attention
      let strongest = layer.heads.indices.max {
        abs(layer.heads[$0].sum) < abs(layer.heads[$1].sum)
      }
      let numbers = [
        heads.special, heads.image, heads.text, layer.feedForward, layer.biases, layer.norms,
        layer.sum,
      ]
      return Self.line("\(index)", numbers.map { Self.number($0) })
        + (strongest.map { "  \($0): \(Self.number(layer.heads[$0].sum, width: 0))" } ?? "")
    }
    let all = [
      terms.attention.special, terms.attention.image, terms.attention.text,
      terms.layers.reduce(0) { $0 + $1.feedForward },
      terms.layers.reduce(0) { $0 + $1.biases }, terms.layers.reduce(0) { $0 + $1.norms },
      terms.layers.reduce(0) { $0 + $1.sum },
    ]
    lines.append(Self.line("all", all.map { Self.number($0) }))
    lines.append(
      "  embeddings \(Self.number(terms.embeddings, width: 0)), final norm"
        + " \(Self.number(terms.finalNorm, width: 0)); sum of all"
        + " \(Self.number(terms.sum, width: 0)), residual \(Float(terms.residual))")
    return lines
  }

  /// In thousandths, as a line of a large grid is long.
  private func places(_ cells: Explanation.Cells) -> [String] {
    ["  terms by the picture's places, in thousandths"]
      + stride(from: 0, to: cells.values.count, by: max(cells.columns, 1)).map { start in
        cells.values[start..<min(start + cells.columns, cells.values.count)].map {
          Decimals.text(Float($0 * 1000), digits: 1, width: 7)
        }.joined()
      }
  }

  private func attention(_ side: Explanation.Side) -> [String] {
    guard !side.attention.isEmpty else { return [] }
    func line(_ name: String, _ shares: Explanation.BySource) -> String {
      Self.line(name, [shares.special, shares.image, shares.text].map { Self.percent($0) })
    }
    return [
      "  attention of what becomes the vector, mean of the heads",
      Self.line("layer", ["special", "image", "text"].map { Decimals.pad($0, to: 10) }),
    ] + side.attention.enumerated().map { line("\($0)", $1) } + [line("mean", side.meanAttention)]
  }

  private func omissions(_ omissions: [Explanation.Omission]) -> [String] {
    guard !omissions.isEmpty else { return [] }
    return ["  left out: change of the vector (1 − cosine), and of the similarity"]
      + omissions.map { omission in
        Self.number(omission.vectorChange, width: 19) + Self.number(omission.similarityChange)
          + "  " + omission.part.label
      }
  }

  private func effects(_ fusion: Explanation.FusionEffect, _ side: Explanation.Side) -> [String] {
    func share(_ value: Double?) -> String { value.map { Self.percent($0) } ?? "–" }
    return [
      "  picture and words                        picture     words",
      "  cosine of the pair with each alone    "
        + Self.number(fusion.cosineWithImage) + Self.number(fusion.cosineWithText),
      "  similarity of each alone to the other "
        + Self.number(fusion.imageSimilarity) + Self.number(fusion.textSimilarity),
      "  effect: 1 − cosine without it         "
        + Self.number(fusion.imageEffect) + Self.number(fusion.textEffect),
      "  share of the effect                   "
        + Decimals.pad(share(fusion.imageShare), to: 10)
        + Decimals.pad(share(fusion.textShare), to: 10),
    ]
  }

  private static func line(_ name: String, _ cells: [String]) -> String {
    Decimals.pad(name, to: 9) + cells.joined()
  }

  private static func number(_ value: Double, width: Int = 10) -> String {
    Decimals.text(Float(value), digits: 5, width: width)
  }

  private static func percent(_ value: Double) -> String {
    Decimals.text(Float(value * 100), digits: 1, width: 8) + " %"
  }
}

extension Explanation.Omission.Part {
  /// In one short line.
  var label: String {
    switch self {
    case .words(let words): ItemRow.line(words.joined(separator: " "), maximum: 50)
    case .patches(let rows, let columns):
      "patches, rows \(rows.lowerBound)…\(rows.upperBound - 1),"
        + " columns \(columns.lowerBound)…\(columns.upperBound - 1)"
    }
  }
}
