import TesseraEmbedders
import TesseraJSON
import TesseraStudy

/// Stages with their statistics, a line each, for people or for programs.
struct StageReport: Report {
  private let stages: [TracedEmbedding.Stage]

  init(_ stages: [TracedEmbedding.Stage]) { self.stages = stages }

  var table: String {
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

  var json: String {
    stages.map { stage in
      let statistics = stage.statistics
      return JSONWriter.line { object in
        object.member("name", stage.name)
        object.member("shape", stage.shape)
        object.member("mean", statistics.mean)
        object.member("deviation", statistics.deviation)
        object.member("norm", statistics.norm)
        object.member("minimum", statistics.minimum)
        object.member("maximum", statistics.maximum)
        object.member("zero_share", statistics.zeroShare)
        object.member("nan_count", statistics.nanCount)
      }
    }.joined()
  }
}
