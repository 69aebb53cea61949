import Embedders
import JSON

extension PlanReport {
  var json: String {
    var json = JSONWriter()
    json.writeObject { object in
      object.member("items") {
        $0.writeArray(plans) { json, item in
          json.writeObject { object in
            item.row.writeFields(to: &object)
            item.plan.writeFields(to: &object)
          }
        }
      }
      if let difference {
        object.member("difference") { json in
          json.writeObject { object in
            object.member("none") { $0.write(difference.isNone) }
            object.member("first_rows") { $0.write(difference.first) }
            object.member("second_rows") { $0.write(difference.second) }
            object.member("pictures_differ") { $0.write(difference.isPictureDifferent) }
            object.member("positions_differ") { $0.write(difference.arePositionsDifferent) }
          }
        }
      }
    }
    return json.text + "\n"
  }
}

extension SequencePlan {
  fileprivate func writeFields(to object: inout JSONWriter.ObjectWriter) {
    if let text { object.member("read_text") { $0.write(text) } }
    if let limit { object.member("limit") { $0.write(limit) } }
    object.member("row_count") { $0.write(rows.count) }
    object.member("rows") { json in
      json.writeArray(blockStarts) { json, index in
        json.writeObject { writeRow(index, to: &$0) }
      }
    }
    object.member("words") {
      $0.writeArray(words) { json, word in
        json.writeObject { object in
          object.member("text") { $0.write(word.text) }
          object.member("rows") { $0.write(word.rows) }
          object.member("unknown") { $0.write(word.isUnknown) }
        }
      }
    }
    object.member("unknown_words") { $0.writeArray(unknownWords) { $0.write($1.text) } }
    if let cut {
      object.member("cut") { json in
        json.writeObject { object in
          object.member("kept") { $0.write(cut.kept) }
          object.member("total") { $0.write(cut.total) }
          object.member("words") { $0.writeArray(cut.words) { $0.write($1) } }
          if let word = cut.brokenWord { object.member("broken_word") { $0.write(word) } }
        }
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
    object.member("rows") { $0.write(index..<end) }
    object.member("positions") { $0.write(rows[index].position..<rows[end - 1].position + 1) }
    switch rows[index].content {
    case .token(let id, let spelling), .special(let id, let spelling):
      let isSpecial = if case .special = rows[index].content { true } else { false }
      object.member("kind") { $0.write(isSpecial ? "special" : "token") }
      object.member("id") { $0.write(id) }
      object.member("token") { $0.write(spelling) }
    case .imageClass: object.member("kind") { $0.write("image_class") }
    case .patch:
      let side = patchesPerSide ?? 0
      object.member("kind") { $0.write("image") }
      object.member("patches") { $0.writeArray([side, side]) { $0.write($1) } }
    }
  }
}

extension JSONWriter {
  /// A range as `[first, end]`, the end left out, as Python slices.
  mutating func write(_ range: Range<Int>) {
    writeArray([range.lowerBound, range.upperBound]) { $0.write($1) }
  }
}
