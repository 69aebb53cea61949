import Embedders

/// Stages with their statistics, a line each, for people.
struct StageTable {
  private let stages: [TracedEmbedding.Stage]

  init(_ stages: [TracedEmbedding.Stage]) { self.stages = stages }

  var text: String {
    let names = ["stage"] + stages.map(\.name)
    let shapes = ["shape"] + stages.map { "\($0.shape)" }
    let nameWidth = names.map(\.count).max() ?? 0
    let shapeWidth = shapes.map(\.count).max() ?? 0
    let columns = ["mean", "deviation", "norm", "minimum", "maximum", "zeros", "NaN"]
    let header = columns.map { Decimals.pad($0, to: 11) }.joined()
    let lines = [header] + stages.map { line($0.statistics) }
    return zip(zip(names, shapes), lines).map { labels, numbers in
      labels.0 + String(repeating: " ", count: nameWidth - labels.0.count + 2)
        + Decimals.pad(labels.1, to: shapeWidth) + numbers + "\n"
    }.joined()
  }

  private func line(_ statistics: StageStatistics) -> String {
    let numbers = [
      Float(statistics.mean), Float(statistics.deviation), Float(statistics.norm),
      statistics.minimum, statistics.maximum,
    ].map { Decimals.text($0, digits: 4, width: 11) }
    let zeros = Decimals.text(Float(statistics.zeroShare * 100), digits: 1, width: 9) + " %"
    return numbers.joined() + zeros + Decimals.pad("\(statistics.nanCount)", to: 11)
  }
}
