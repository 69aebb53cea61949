import Foundation
import TesseraFiles

extension BitmapFont {
  /// Reads further letters from a font in GNU Unifont's text format, which covers all of Unicode's
  /// common scripts.
  ///
  /// A line holds a code point, a colon, and 16 rows of 8 or 16 pixels, all in hexadecimal digits.
  /// - Throws: `FontError` that names the file and the line; an error with the system's reason.
  public init(hexFile file: URL) throws {
    let bytes = try MappedFile(file.path)
    let text = withExtendedLifetime(bytes) { String(decoding: bytes.bytes, as: UTF8.self) }
    var shapes: [Unicode.Scalar: Glyph] = [:]
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !line.allSatisfy(\.isWhitespace) {
      guard let (scalar, glyph) = Self.glyph(line) else {
        throw FontError.notAGlyph(file: file.path, line: number + 1)
      }
      shapes[scalar] = glyph
    }
    self.init(adding: shapes)
  }

  private static func glyph(_ line: Substring) -> (Unicode.Scalar, Glyph)? {
    let parts = line.split(separator: ":").map { $0.filter { !$0.isWhitespace } }
    guard parts.count == 2, let scalar = UInt32(parts[0], radix: 16).flatMap(Unicode.Scalar.init)
    else { return nil }
    let nibbles = parts[1].compactMap { $0.hexDigitValue.map(UInt32.init) }
    guard nibbles.count == parts[1].count, nibbles.count == 32 || nibbles.count == 64 else {
      return nil
    }
    let perRow = nibbles.count / 16
    let rows = (0..<16).map { row in
      // The format has the leftmost pixel in the highest bit.
      (0..<4 * perRow).reduce(UInt32(0)) { bits, column in
        let nibble = nibbles[row * perRow + column / 4]
        return bits | (nibble >> UInt32(3 - column % 4) & 1) << UInt32(column)
      }
    }
    return (scalar, Glyph(width: 4 * perRow, rows: [0, 0] + rows + [0, 0]))
  }
}

/// Why a font cannot be read.
public enum FontError: Error, Equatable, CustomStringConvertible {
  /// A line that is no glyph.
  case notAGlyph(file: String, line: Int)

  /// One line that says what is wrong, and where.
  public var description: String {
    switch self {
    case .notAGlyph(let file, let line):
      "\(file), line \(line): expected CODEPOINT:ROWS, 16 rows of 8 or 16 pixels in hexadecimal"
        + " digits, as in GNU Unifont's .hex files"
    }
  }
}
