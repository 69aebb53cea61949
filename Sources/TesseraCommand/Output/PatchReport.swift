import TesseraEmbedders
import TesseraJSON
import TesseraStudy

/// How patches moved a vector, and with it the similarities to other items.
struct PatchReport: Report {
  /// As they were given.
  let patches: [String]
  let effect: PatchEffect
  let others: [(row: ItemRow, embedding: Embedding)]

  private func similarities(_ other: Embedding) -> (before: Float, after: Float) {
    (effect.before.similarity(to: other), effect.after.similarity(to: other))
  }

  var table: String {
    var lines = patches.map { "patch   \($0)" }
    lines.append(
      "vector  cosine of before and after \(Decimals.text(effect.cosine, digits: 6, width: 0)),"
        + " norm of the change \(Decimals.text(effect.changeNorm, digits: 6, width: 0))")
    if !others.isEmpty {
      lines.append(["before", "after", "change"].map { Decimals.pad($0, to: 10) }.joined())
    }
    for (row, embedding) in others {
      let (before, after) = similarities(embedding)
      let numbers = [before, after, after - before]
      lines.append(
        numbers.map { Decimals.text($0, digits: 6, width: 10) }.joined() + "  " + row.label)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  var json: String {
    JSONWriter.line { object in
      object.member("patches", patches)
      object.member("cosine", effect.cosine)
      object.member("change_norm", effect.changeNorm)
      object.objects("compare", others) { object, other in
        let (before, after) = similarities(other.embedding)
        other.row.writeFields(to: &object)
        object.member("before", before)
        object.member("after", after)
      }
    }
  }
}
