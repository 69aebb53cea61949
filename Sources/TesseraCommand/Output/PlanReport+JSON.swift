import TesseraEmbedders
import TesseraJSON
import TesseraStudy

extension PlanReport {
  var json: String {
    JSONWriter.line { object in
      object.objects("items", plans) { object, item in
        item.row.writeFields(to: &object)
        item.plan.writeFields(to: &object)
      }
      if let difference {
        object.object("difference") { object in
          object.member("none", difference.isNone)
          object.member("first_rows", difference.first)
          object.member("second_rows", difference.second)
          object.member("pictures_differ", difference.isPictureDifferent)
          object.member("positions_differ", difference.arePositionsDifferent)
        }
      }
    }
  }
}

extension SequencePlan {
  fileprivate func writeFields(to object: inout JSONWriter.ObjectWriter) {
    if let text { object.member("read_text", text) }
    if let limit { object.member("limit", limit) }
    object.member("row_count", rows.count)
    object.objects("rows", blockStarts) { writeRow($1, to: &$0) }
    object.objects("words", words) { object, word in
      object.member("text", word.text)
      object.member("rows", word.rows)
      object.member("unknown", word.isUnknown)
    }
    object.member("unknown_words", unknownWords.map(\.text))
    if let cut {
      object.object("cut") { object in
        object.member("kept", cut.kept)
        object.member("total", cut.total)
        object.member("words", cut.words)
        if let word = cut.brokenWord { object.member("broken_word", word) }
      }
    }
  }

  /// Rows, those of a picture as one.
  private var blockStarts: [Int] {
    var starts: [Int] = []
    var index = 0
    while index < rows.count {
      starts.append(index)
      index = endOfPatches(from: index)
    }
    return starts
  }

  private func writeRow(_ index: Int, to object: inout JSONWriter.ObjectWriter) {
    let end = endOfPatches(from: index)
    object.member("rows", index..<end)
    object.member("positions", rows[index].position..<rows[end - 1].position + 1)
    switch rows[index].content {
    case .token(let id, let spelling), .special(let id, let spelling):
      let isSpecial = if case .special = rows[index].content { true } else { false }
      object.member("kind", isSpecial ? "special" : "token")
      object.member("id", id)
      object.member("token", spelling)
    case .imageClass: object.member("kind", "image_class")
    case .patch:
      let side = patchesPerSide ?? 0
      object.member("kind", "image")
      object.member("patches", [side, side])
    }
  }
}

/// A range as `[first, end]`, the end left out, as Python slices.
extension Range: JSONWritable where Bound == Int {
  package func writeJSON(to json: inout JSONWriter) {
    [lowerBound, upperBound].writeJSON(to: &json)
  }
}
