import Foundation
import TesseraEmbedders
import TesseraJSON

/// What the page's script reads.
struct ReportData {
  struct Similarities {
    let items: [String]
    let values: [[Float]]
  }

  let facts: [(String, String)]
  let stacks: [ReportStack]
  /// A PNG file.
  let picture: Data?
  let similarities: Similarities?
  let stages: [TracedEmbedding.Stage]

  private static let precision = """
    Weights are kept as the square root of their share of the matrix' largest, in 255 steps: \
    near enough for the eye. tessera attention gives the exact numbers.
    """

  var json: String {
    var json = JSONWriter()
    json.writeObject { object in
      object.member("facts", facts.map { [$0.0, $0.1] })
      object.member(
        "picture", picture.map { "data:image/png;base64," + $0.base64EncodedString() } ?? "")
      object.member(
        "ramp",
        Data(ColourRamp.colours.flatMap { [$0.red, $0.green, $0.blue] }).base64EncodedString())
      object.member("precision", Self.precision)
      if let similarities {
        object.object("similarities") { object in
          object.member("items", similarities.items)
          object.member("values", similarities.values)
        }
      }
      object.objects("stacks", stacks) { $1.writeFields(to: &$0) }
      object.member("stages") { $0.writeArray(stages) { $1.writeStatistics(to: &$0) } }
    }
    return json.text
  }
}

extension ReportStack {
  fileprivate func writeFields(to object: inout JSONWriter.ObjectWriter) {
    object.member("name", stack.rawValue)
    object.objects("tokens", sequence.tokens) { $1.writeFields(to: &$0) }
    object.member("side", sequence.patchesPerSide)
    object.member("groups", attention.groups)
    object.member("stages", attention.stages)
    object.member("heads", attention.heads)
    object.member("matrix", attention.matrix.base64EncodedString())
    object.member("tops", attention.tops)
    object.member("rows", attention.rows.base64EncodedString())
    object.member("rowTops", attention.rowTops)
    object.member("shares", shares.map { [$0.picture, $0.words, $0.special] })
    object.objects("norms", norms) { object, norms in
      object.member("label", norms.label)
      // JSON's null stands for what the sequence does not have.
      object.member("norms", [norms.first, norms.patches ?? .nan, norms.words ?? .nan])
    }
  }
}

extension TokenSequence.Token {
  fileprivate func writeFields(to object: inout JSONWriter.ObjectWriter) {
    object.member("text", isPatch ? "" : text)
    switch kind {
    case .patch: object.member("kind", "patch")
    case .special: object.member("kind", "special")
    case .word: object.member("kind", "word")
    case .unknown:
      object.member("kind", "word")
      object.member("unknown", true)
    }
    if let id { object.member("id", id) }
    if let position { object.member("position", position) }
  }
}

extension TracedEmbedding.Stage {
  /// [name, shape, mean, deviation, norm, minimum, maximum, share of zeros, number of NaN]
  fileprivate func writeStatistics(to json: inout JSONWriter) {
    let statistics = statistics
    let numbers = [
      statistics.mean, statistics.deviation, statistics.norm, Double(statistics.minimum),
      Double(statistics.maximum), statistics.zeroShare, Double(statistics.nanCount),
    ]
    json.writeRaw("[")
    json.write(name)
    json.writeRaw(",")
    shape.writeJSON(to: &json)
    for number in numbers {
      json.writeRaw(",")
      json.write(Float(number))
    }
    json.writeRaw("]")
  }
}
