/// The shape of one character: black or white, pixel by pixel.
package struct Glyph: Equatable, Sendable {
  package let width: Int
  /// A number a row; bit 0 is the leftmost pixel.
  package let rows: [UInt32]

  var height: Int { rows.count }

  package subscript(column: Int, row: Int) -> Bool { rows[row] >> UInt32(column) & 1 == 1 }
}

/// Letters for labels.
///
/// The engine's own cover ASCII. A character that a font does not have is drawn as a box with its
/// code point in hexadecimal digits, so that no label is ever lost.
public struct BitmapFont: Sendable {
  private let shapes: [Unicode.Scalar: Glyph]

  /// The height of a line, in pixels.
  package static let lineHeight = 20

  /// The engine's own letters, ASCII: nothing has to be installed.
  public static let builtIn = BitmapFont(shapes: BuiltInGlyphs.all)

  init(shapes: [Unicode.Scalar: Glyph]) { self.shapes = shapes }

  /// The built-in letters, and those of another font for what they lack.
  init(adding shapes: [Unicode.Scalar: Glyph]) {
    self.shapes = BuiltInGlyphs.all.merging(shapes) { own, _ in own }
  }

  package func glyphs(of text: String) -> [Glyph] {
    text.unicodeScalars.map { shapes[$0] ?? CodePointBox.glyph(of: $0) }
  }

  package func width(of text: String) -> Int { glyphs(of: text).reduce(0) { $0 + $1.width } }

  /// The text, or as much of it as fits with an ellipsis that says that there was more.
  package func fitted(_ text: String, to limit: Int) -> String {
    var kept = ""
    var length = 0
    for character in text {
      length += width(of: String(character))
      guard length <= limit else {
        while !kept.isEmpty, width(of: kept + "...") > limit { kept.removeLast() }
        return kept + "..."
      }
      kept.append(character)
    }
    return text
  }
}

/// The letters of Resources/glyphs.txt: bands of 16 characters from the space on, 5 × 9 dots each,
/// every dot two pixels wide and high.
enum BuiltInGlyphs {
  static let all: [Unicode.Scalar: Glyph] = {
    let lines = String(decoding: PackageResources.glyphs_txt, as: UTF8.self)
      .split(separator: "\n")
    var shapes: [Unicode.Scalar: Glyph] = [:]
    for code in UInt8(0x20)..<0x7F {
      let (band, place) = Int(code - 0x20).quotientAndRemainder(dividingBy: 16)
      let dots = lines[band * 9..<band * 9 + 9].map { line in
        line.utf8.dropFirst(place * 6).prefix(5).enumerated().reduce(UInt32(0)) { row, dot in
          dot.element == UInt8(ascii: "#") ? row | 0b11 << UInt32(2 * dot.offset) : row
        }
      }
      let rows: [UInt32] = [0] + dots.flatMap { [$0, $0] } + [0]
      shapes[Unicode.Scalar(code)] = Glyph(width: 12, rows: rows)
    }
    return shapes
  }()
}

/// A frame around the code point of a character, two lines of hexadecimal digits.
enum CodePointBox {
  /// 3 × 5 dots a digit, row by row from the top, the leftmost dot in the lowest bit.
  private static let digits: [[UInt32]] = [
    [7, 5, 5, 5, 7], [2, 3, 2, 2, 7], [7, 4, 7, 1, 7], [7, 4, 6, 4, 7],
    [5, 5, 7, 4, 4], [7, 1, 7, 4, 7], [7, 1, 7, 5, 7], [7, 4, 4, 2, 2],
    [7, 5, 7, 5, 7], [7, 5, 7, 4, 7], [2, 5, 7, 5, 5], [3, 5, 3, 5, 3],
    [6, 1, 1, 1, 6], [3, 5, 5, 5, 3], [7, 1, 3, 1, 7], [7, 1, 3, 1, 1],
  ]

  static func glyph(of scalar: Unicode.Scalar) -> Glyph {
    let columns = scalar.value > 0xFFFF ? 3 : 2
    let width = 4 * columns + 3
    var rows = [UInt32](repeating: 1 | 1 << UInt32(width - 1), count: 18)
    rows[0] = (1 << UInt32(width)) - 1
    rows[17] = rows[0]
    for place in 0..<2 * columns {
      let digit = scalar.value >> UInt32(4 * (2 * columns - 1 - place)) & 15
      let (line, column) = place.quotientAndRemainder(dividingBy: columns)
      for (i, dots) in digits[Int(digit)].enumerated() {
        rows[3 + 7 * line + i] |= dots << UInt32(2 + 4 * column)
      }
    }
    // A free column keeps neighbours apart.
    return Glyph(width: width + 1, rows: [0] + rows + [0])
  }
}
