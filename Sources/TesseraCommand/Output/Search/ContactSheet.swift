import Foundation
import TesseraRetrieval

/// A page of thumbnails with scores and captions, whole in one file.
final class ContactSheet: HitWriter {
  private let output: OutputFile
  private let firstRank: Int

  /// Of a thumbnail's longer side, twice what is shown, for fine screens.
  private static let pixels = 320

  init(_ output: OutputFile, firstRank: Int) {
    self.output = output
    self.firstRank = firstRank
  }

  func begin(index: String, condition: String?) throws {
    let name = Self.escaped(index.split(separator: "/").last.map(String.init) ?? index)
    let filter = condition.map { "<p>where <code>\(Self.escaped($0))</code></p>" } ?? ""
    try output.write(
      """
      <!doctype html>
      <html lang="en"><meta charset="utf-8"><title>\(name)</title>
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <style>\(Self.style)</style>
      <h1>\(name)</h1>\(filter)

      """)
  }

  func write(_ query: ItemRow, _ answer: Result<Answer, QueryFailure>) throws {
    let picture = query.image.map { Self.thumbnail($0) } ?? ""
    let words = query.text ?? (query.image == nil ? "query \(query.index)" : "")
    try output.write("<section><h2>\(picture)<span>\(Self.escaped(words))</span></h2>\n")
    switch answer {
    case .failure(let error):
      try output.write("<p class=\"bad\">\(Self.escaped(error.message))</p>\n")
    case .success(let answer):
      if let background = answer.background {
        try output.write(
          "<p>all \(background.count) rows: \(Decimals.text(background.mean, digits: 4, width: 0)) ± "
            + "\(Decimals.text(background.deviation, digits: 4, width: 0))</p>\n")
      }
      if answer.hits.isEmpty { try output.write("<p>nothing found</p>\n") }
      try output.write("<div>\n")
      for (place, hit) in answer.hits.enumerated() {
        try output.write(
          Self.figure(firstRank + place, hit, answer.background, answer.explanation(place)))
      }
      try output.write("</div>\n")
    }
    try output.write("</section>\n")
  }

  func end() throws { try output.write("</html>\n") }

  private static func figure(
    _ rank: Int, _ hit: StoreHit, _ background: Background?, _ why: HitExplanation?
  ) -> String {
    let item = hit.item
    let mark = item.staleness.map { " <b class=\"bad\">\($0.rawValue)</b>" } ?? ""
    let place = item.lines.map { item.image == nil ? " line \($0.lowerBound)" : "" } ?? ""
    let text = item.text.map { "<q>\(escaped(String($0.prefix(400))))</q>" } ?? ""
    let link = item.file.map {
      "<a href=\"\(escaped(URL(filePath: $0).absoluteString))\">\(escaped(item.id))</a>"
    }
    let calibration = background.map {
      " \(Decimals.text($0.deviations(of: hit.score), digits: 1, width: 0)) σ"
    }
    return """
      <figure>\(why?.pictureHTML ?? item.image.map(thumbnail) ?? "")\(text)\
      \(why?.wordsHTML(escaped) ?? "")<figcaption>\(rank) \
      <i>\(Decimals.text(hit.score, digits: 4, width: 0))\(calibration ?? "")</i>\(mark)<br>\
      \(link ?? escaped(item.id))\(place)</figcaption></figure>

      """
  }

  /// The picture in the page itself; a word where it cannot be read any more.
  private static func thumbnail(_ path: String) -> String {
    guard let url = Thumbnail.url(of: path, pixels: pixels) else {
      return "<p class=\"bad\">no picture</p>"
    }
    return "<img alt=\"\" src=\"\(url)\">"
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { escaped, character in
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.append(character)
      }
    }
  }

  private static let style = """
    body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fafafa }
    h2 { display: flex; gap: 1em; align-items: center } h2 img { max-height: 90px }
    section > div { display: flex; flex-wrap: wrap; gap: 14px }
    figure { width: 180px; margin: 0; padding: 8px; background: #fff; border: 1px solid #ddd }
    figure img { max-width: 100%; max-height: 180px; display: block; margin: 0 auto 6px }
    .read { position: relative; width: 180px; margin: 0 auto } .read img { width: 180px }
    .read s { position: absolute; background: #46f } figure p { font-size: 12px; margin: 4px 0 }
    q { display: block; margin: 4px 0; white-space: pre-wrap; overflow-wrap: anywhere }
    figcaption { font-size: 12px; overflow-wrap: anywhere } i { color: #777 } .bad { color: #b00 }
    @media (prefers-color-scheme: dark) {
      body { color: #ddd; background: #181818 } figure { background: #222; border-color: #444 }
      a { color: #8bf } }
    """
}
