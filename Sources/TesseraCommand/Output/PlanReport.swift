import TesseraEmbedders
import TesseraJSON
import TesseraStudy

/// Sequences of items, row by row, and what differs between two of them.
struct PlanReport: Report {
  let plans: [(row: ItemRow, plan: SequencePlan)]

  /// Of the first two, if there are just two.
  var difference: SequencePlan.Difference? {
    plans.count == 2 ? plans[0].plan.difference(from: plans[1].plan) : nil
  }

  var table: String {
    var lines = plans.flatMap { row, plan in
      ["[\(row.index)] \(row.label)"] + rows(plan) + notes(plan) + [""]
    }
    if let difference { lines += text(difference) } else { lines.removeLast() }
    return lines.joined(separator: "\n") + "\n"
  }

  private func rows(_ plan: SequencePlan) -> [String] {
    let words = Dictionary(uniqueKeysWithValues: plan.words.map { ($0.rows.lowerBound, $0) })
    var lines = [line("row", "position", "content")]
    var index = 0
    while index < plan.rows.count {
      let end = plan.endOfPatches(from: index)
      let position = plan.rows[index].position
      switch plan.rows[index].content {
      case .patch:
        let count = plan.patchesPerSide.map { "\($0) × \($0)" } ?? "\(end - index)"
        lines.append(
          line(
            "\(index)…\(end - 1)", "\(position)…\(plan.rows[end - 1].position)",
            "image: \(count) patches, row by row"))
      case .imageClass: lines.append(line("\(index)", "\(position)", "class token of the image"))
      case .special(_, let spelling): lines.append(line("\(index)", "\(position)", spelling))
      case .token(_, let spelling):
        let token = ItemRow.line(spelling, maximum: 40)
        let note = words[index].map { $0.note(spelled: spelling) } ?? ""
        lines.append(line("\(index)", "\(position)", token + note))
      }
      index = end
    }
    return lines
  }

  private func line(_ row: String, _ position: String, _ content: String) -> String {
    Decimals.pad(row, to: 9) + Decimals.pad(position, to: 11) + "  " + content
  }

  private func notes(_ plan: SequencePlan) -> [String] {
    var notes = ["\(plan.rows.count) rows"]
    if let limit = plan.limit { notes[0] += "; the text has room for \(limit) tokens" }
    let unknown = plan.unknownWords.map { ItemRow.line($0.text, maximum: 40) }
    if !unknown.isEmpty { notes.append("not in the vocabulary: \(unknown.joined(separator: " "))") }
    if let cut = plan.cut {
      let words = cut.words.map { ItemRow.line($0, maximum: 40) }.joined(separator: " ")
      let broken = cut.brokenWord.map { "; in part: \(ItemRow.line($0, maximum: 40))" } ?? ""
      notes.append("cut: \(cut.total - cut.kept) of \(cut.total) tokens\(broken): \(words)")
    }
    return notes.map { "  " + $0 }
  }

  private func text(_ difference: SequencePlan.Difference) -> [String] {
    if difference.isNone {
      return ["difference: none; the model reads the same, and gives both the same vector"]
    }
    var lines = ["difference:"]
    for (index, range) in [difference.first, difference.second].enumerated() {
      let plan = plans[index].plan
      let contents = range.isEmpty ? "nothing" : plan.summary(of: range)
      let rows = range.isEmpty ? "" : "rows \(range.lowerBound)…\(range.upperBound - 1): "
      lines.append("  [\(index)] \(rows)\(contents)")
    }
    if difference.isPictureDifferent { lines.append("  the pictures' pixels differ") }
    if difference.arePositionsDifferent { lines.append("  the positions differ") }
    return lines
  }
}

extension SequencePlan {
  /// The row behind those of the picture, or behind this one.
  func endOfPatches(from start: Int) -> Int {
    guard case .patch = rows[start].content else { return start + 1 }
    var end = start + 1
    while end < rows.count, case .patch = rows[end].content { end += 1 }
    return end
  }

  /// A range of rows in one line.
  fileprivate func summary(of range: Range<Int>) -> String {
    var parts: [String] = []
    var index = range.lowerBound
    while index < range.upperBound {
      switch rows[index].content {
      case .token(_, let spelling), .special(_, let spelling):
        parts.append(ItemRow.line(spelling, maximum: 40))
      case .imageClass: parts.append("class token")
      case .patch: parts.append("image")
      }
      index = min(endOfPatches(from: index), range.upperBound)
    }
    return parts.joined(separator: " ")
  }
}

extension SequencePlan.Word {
  /// What there is to say of a word at its first token.
  fileprivate func note(spelled token: String) -> String {
    let text = ItemRow.line(text, maximum: 40)
    if isUnknown { return "  \(text), which is not in the vocabulary" }
    return text == token ? "" : "  \(text)"
  }
}
