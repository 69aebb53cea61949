import Foundation
import TesseraImages
import TesseraJSON
import TesseraStudy

extension HitExplanation {
  /// What carries most, of the hit and of the query, in lines for people.
  func lines(indent: Int) -> String {
    [("because of", parts), ("asked by", queryParts)].compactMap { title, parts in
      let told = parts.filter { $0.carries > 0 }.prefix(4).map { part in
        "\(part.part.label) \(Decimals.text(Float(part.carries), digits: 3, width: 0))"
      }
      guard !told.isEmpty else { return nil }
      return String(repeating: " ", count: indent) + "\(title): \(told.joined(separator: "; "))\n"
    }.joined()
  }

  func writeFields(to object: inout JSONWriter.ObjectWriter) {
    object.member(measure.rawValue, score)
    object.objects("parts", parts) { $1.writeFields(to: &$0) }
    object.objects("query", queryParts) { $1.writeFields(to: &$0) }
  }

  // MARK: A page

  /// The picture as the model reads it, the more blue the more a part of it carries.
  var pictureHTML: String? {
    guard let picture,
      let png = try? Pixels(
        width: picture.side, height: picture.side, rgb: picture.rgb
      ).png()
    else { return nil }
    let patches = parts.compactMap { part -> (Range<Int>, Range<Int>, Double)? in
      guard case .patches(let rows, let columns) = part.part else { return nil }
      return (rows, columns, part.carries)
    }
    let side = patches.map { max($0.0.upperBound, $0.1.upperBound) }.max() ?? 1
    let most = max(patches.map(\.2).max() ?? 0, 1e-9)
    func percent(_ count: Int) -> String { "\(Float(count) / Float(side) * 100)%" }
    let cells = patches.filter { $0.2 > 0 }.map { rows, columns, carries in
      "<s style=\"left:\(percent(columns.lowerBound));top:\(percent(rows.lowerBound));"
        + "width:\(percent(columns.count));height:\(percent(rows.count));"
        + "opacity:\(Float(carries / most * 0.7))\"></s>"
    }
    return "<div class=\"read\"><img alt=\"\" src=\"data:image/png;base64,"
      + "\(png.base64EncodedString())\">\(cells.joined())</div>"
  }

  /// The words, the darker the more they carry; nil where there are none.
  func wordsHTML(_ escaped: (String) -> String) -> String? {
    let words = parts.compactMap { part -> (String, Double)? in
      guard case .words(let words) = part.part, part.carries > 0 else { return nil }
      return (words.joined(separator: " "), part.carries)
    }
    guard let most = words.map(\.1).max() else { return nil }
    return "<p>"
      + words.prefix(6).map { word, carries in
        "<mark style=\"background:rgba(70,130,255,\(Float(carries / most * 0.6)))\">\(escaped(word))"
          + "</mark> \(Decimals.text(Float(carries), digits: 2, width: 0))"
      }.joined(separator: " ") + "</p>"
  }
}

extension HitExplanation.Part {
  fileprivate func writeFields(to object: inout JSONWriter.ObjectWriter) {
    switch part {
    case .words(let words): object.member("words", words)
    case .patches(let rows, let columns):
      object.member("rows", rows)
      object.member("columns", columns)
    }
    object.member("carries", carries)
  }
}
