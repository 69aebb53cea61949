import Foundation
import TesseraImages

/// A picture that is drawn on, from its upper left corner.
package struct Canvas: Sendable {
  package let width: Int
  package let height: Int
  private var rgb: [UInt8]

  package init(width: Int, height: Int) {
    precondition(width > 0 && height > 0, "a canvas of \(width) × \(height)")
    self.width = width
    self.height = height
    rgb = [UInt8](repeating: 255, count: width * height * 3)
  }

  /// What lies outside the canvas is not drawn.
  package subscript(x: Int, y: Int) -> Colour {
    get {
      guard x >= 0, x < width, y >= 0, y < height else { return .white }
      let i = (y * width + x) * 3
      return Colour(rgb[i], rgb[i + 1], rgb[i + 2])
    }
    set {
      guard x >= 0, x < width, y >= 0, y < height else { return }
      let i = (y * width + x) * 3
      rgb[i] = newValue.red
      rgb[i + 1] = newValue.green
      rgb[i + 2] = newValue.blue
    }
  }

  package mutating func fill(x: Int, y: Int, width: Int, height: Int, _ colour: Colour) {
    for row in y..<y + height {
      for column in x..<x + width { self[column, row] = colour }
    }
  }

  package enum Direction: Sendable {
    /// From left to right; the text begins at the point, its lines hang below it.
    case across
    /// From bottom to top; the text ends at the point, its lines stand to the right of it.
    case upwards
  }

  package mutating func write(
    _ text: String, x: Int, y: Int, _ direction: Direction = .across, font: BitmapFont,
    _ colour: Colour = .ink
  ) {
    var offset = 0
    let length = direction == .upwards ? font.width(of: text) : 0
    for glyph in font.glyphs(of: text) {
      for row in 0..<glyph.height {
        for column in 0..<glyph.width where glyph[column, row] {
          switch direction {
          case .across: self[x + offset + column, y + row] = colour
          case .upwards: self[x + row, y + length - 1 - offset - column] = colour
          }
        }
      }
      offset += glyph.width
    }
  }

  package func png() throws -> Data { try Pixels(width: width, height: height, rgb: rgb).png() }
}
