/// Python's `str.strip` and `str.lower`, which differ from Swift's in the details.
package enum PythonText {
  package static func stripped(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !isSpace($0) }),
      let last = scalars.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(scalars[first...last])
  }

  /// Python's `str.isspace`: White_Space, and the four separators of ASCII.
  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
  }

  /// Full case mapping; Σ is ς at the end of a word (The Unicode Standard, 3.13, Final_Sigma).
  package static func lowercased(_ text: String) -> String {
    let scalars = text.unicodeScalars
    var result = ""
    for i in scalars.indices {
      if scalars[i] == "Σ" {
        result += isFinalSigma(at: i, of: scalars) ? "ς" : "σ"
      } else {
        result += scalars[i].properties.lowercaseMapping
      }
    }
    return result
  }

  private static func isFinalSigma(
    at i: String.UnicodeScalarView.Index, of scalars: String.UnicodeScalarView
  ) -> Bool {
    func isVisible(_ scalar: Unicode.Scalar) -> Bool { !scalar.properties.isCaseIgnorable }
    let before = scalars[..<i].last(where: isVisible)
    let after = scalars[scalars.index(after: i)...].first(where: isVisible)
    return before?.properties.isCased ?? false && !(after?.properties.isCased ?? false)
  }
}
