import TesseraJSON
import TesseraRetrieval

/// What a collection is asked.
struct QdrantQuery {
  /// One comparison.
  struct Nearest {
    let vectors: Compared
    /// The name of the points' vector; empty for the one without.
    let name: String
  }

  enum Compared {
    case dense([Float])
    case sparse([Int: Float])
    /// For each the best of the point's; the server adds them up.
    case tokens([[Float]])
  }

  /// One, or several whose ranks are added up.
  let parts: [Nearest]
  /// Points that each of several gives.
  let candidates: Int

  /// What the server's score is divided by: tokens' best cosines are averaged here.
  var divisor: Float {
    guard parts.count == 1, case .tokens(let vectors) = parts[0].vectors else { return 1 }
    return Float(max(1, vectors.count))
  }

  /// Whether there is anything to be compared.
  var isEmpty: Bool {
    parts.allSatisfy {
      if case .sparse(let weights) = $0.vectors { weights.isEmpty } else { false }
    }
  }

  /// The server counts ranks from 0, and adds them to this: 1 / (60 + r) for ranks from 1.
  private static let rankConstant = 61

  func write(
    to object: inout JSONWriter.ObjectWriter, _ filter: String?, limit: Int, threshold: Float?,
    isExact: Bool
  ) {
    if parts.count == 1 {
      Self.write(parts[0], to: &object, isExact: isExact)
    } else {
      object.objects("prefetch", parts) { object, part in
        Self.write(part, to: &object, isExact: isExact)
        if let filter { object.member("filter") { $0.writeRaw(filter) } }
        object.member("limit", max(candidates, limit))
      }
      object.object("query") { object in
        object.object("rrf") { $0.member("k", Self.rankConstant) }
      }
    }
    if let filter { object.member("filter") { $0.writeRaw(filter) } }
    object.member("limit", limit)
    if let threshold { object.member("score_threshold", threshold * divisor) }
  }

  private static func write(
    _ part: Nearest, to object: inout JSONWriter.ObjectWriter, isExact: Bool
  ) {
    object.object("query") { object in
      object.member("nearest") { json in
        switch part.vectors {
        case .dense(let vector): vector.writeJSON(to: &json)
        case .sparse(let weights): PointVectors.write(weights, to: &json)
        case .tokens(let vectors): PointVectors.write(vectors, to: &json)
        }
      }
    }
    if !part.name.isEmpty { object.member("using", part.name) }
    if isExact { object.object("params") { $0.member("exact", true) } }
  }
}
