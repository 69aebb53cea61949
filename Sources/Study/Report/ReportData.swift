import Embedders
import Foundation
import JSON

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
      object.member("facts") {
        $0.writeArray(facts) { $0.writeArray([$1.0, $1.1]) { $0.write($1) } }
      }
      object.member("picture") {
        $0.write(picture.map { "data:image/png;base64," + $0.base64EncodedString() } ?? "")
      }
      object.member("ramp") {
        $0.write(
          Data(ColourRamp.colours.flatMap { [$0.red, $0.green, $0.blue] })
            .base64EncodedString())
      }
      object.member("precision") { $0.write(Self.precision) }
      if let similarities {
        object.member("similarities") { json in
          json.writeObject { object in
            object.member("items") { $0.writeArray(similarities.items) { $0.write($1) } }
            object.member("values") {
              $0.writeArray(similarities.values) { $0.writeArray($1) { $0.write($1) } }
            }
          }
        }
      }
      object.member("stacks") { $0.writeArray(stacks) { $1.write(to: &$0) } }
      object.member("stages") { $0.writeArray(stages) { $1.writeStatistics(to: &$0) } }
    }
    return json.text
  }
}

extension ReportStack {
  fileprivate func write(to json: inout JSONWriter) {
    json.writeObject { object in
      object.member("name") { $0.write(stack.rawValue) }
      object.member("tokens") { $0.writeArray(sequence.tokens) { $1.write(to: &$0) } }
      object.member("side") { $0.write(sequence.patchesPerSide) }
      object.member("groups") { $0.write(attention.groups) }
      object.member("stages") { $0.writeArray(attention.stages) { $0.write($1) } }
      object.member("heads") { $0.writeArray(attention.heads) { $0.write($1) } }
      object.member("matrix") { $0.write(attention.matrix.base64EncodedString()) }
      object.member("tops") { $0.writeArray(attention.tops) { $0.write($1) } }
      object.member("rows") { $0.write(attention.rows.base64EncodedString()) }
      object.member("rowTops") { $0.writeArray(attention.rowTops) { $0.write($1) } }
      object.member("shares") {
        $0.writeArray(shares) { json, shares in
          json.writeArray([shares.picture, shares.words, shares.special]) { $0.write($1) }
        }
      }
      object.member("norms") {
        $0.writeArray(norms) { json, norms in
          json.writeObject { object in
            object.member("label") { $0.write(norms.label) }
            object.member("norms") {
              // JSON's null stands for what the sequence does not have.
              $0.writeArray([norms.first, norms.patches, norms.words]) { $0.write($1 ?? .nan) }
            }
          }
        }
      }
    }
  }
}

extension TokenSequence.Token {
  fileprivate func write(to json: inout JSONWriter) {
    json.writeObject { object in
      object.member("text") { $0.write(isPatch ? "" : text) }
      switch kind {
      case .patch: object.member("kind") { $0.write("patch") }
      case .special: object.member("kind") { $0.write("special") }
      case .word: object.member("kind") { $0.write("word") }
      case .unknown:
        object.member("kind") { $0.write("word") }
        object.member("unknown") { $0.write(true) }
      }
      if let id { object.member("id") { $0.write(id) } }
      if let position { object.member("position") { $0.write(position) } }
    }
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
    json.writeArray(shape) { $0.write($1) }
    for number in numbers {
      json.writeRaw(",")
      json.write(Float(number))
    }
    json.writeRaw("]")
  }
}
