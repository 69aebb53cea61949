/// The page around a report's data: one file, with its style and its script inside.
enum ReportPage {
  /// - Parameter data: JSON.
  static func html(data: String) -> String {
    let parts = [
      "STYLE": text(PackageResources.report_css),
      "SCRIPT": text(PackageResources.page_js) + text(PackageResources.attention_js),
      // A text may hold "</script>" or "<!--"; in JSON every < can be written otherwise.
      "DATA": data.replacing("<", with: "\\u003C"),
    ]
    // Filled in one pass, so that nothing in the data is taken for a mark.
    return text(PackageResources.report_html).split(
      separator: "{{", omittingEmptySubsequences: false
    )
    .enumerated().map { place, piece in
      guard place > 0, let end = piece.firstRange(of: "}}") else { return String(piece) }
      return (parts[String(piece[..<end.lowerBound])] ?? "") + piece[end.upperBound...]
    }.joined()
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
