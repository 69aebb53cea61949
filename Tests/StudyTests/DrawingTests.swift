import Foundation
import TesseraImages
import TesseraStudy
import Testing

/// Letters, colours and PNG files, apart from any model.
@Suite struct DrawingTests {
  @Test func `a canvas comes back from its PNG file pixel by pixel`() throws {
    var canvas = Canvas(width: 5, height: 3)
    canvas.fill(x: 1, y: 1, width: 2, height: 2, Colour(200, 100, 50))
    canvas[4, 0] = Colour(1, 2, 3)
    canvas[5, 0] = Colour(9, 9, 9)  // Outside: not drawn, and not in the next row.
    let raster = try canvas.raster
    #expect(raster.size == PixelSize(width: 5, height: 3))
    #expect(raster.mode == .rgb)
    for y in 0..<3 {
      for x in 0..<5 {
        let isFilled = (1...2).contains(x) && (1...2).contains(y)
        let expected =
          isFilled ? Colour(200, 100, 50) : x == 4 && y == 0 ? Colour(1, 2, 3) : .white
        #expect(raster.colour(x, y) == expected, "\(x), \(y)")
      }
    }
  }

  @Test func `every ASCII character has a shape of its own`() {
    let shapes = (0x20..<0x7F).compactMap { Unicode.Scalar($0) }.map {
      BitmapFont.builtIn.glyphs(of: String($0))[0].rows
    }
    #expect(Set(shapes).count == 95)
    #expect(shapes.allSatisfy { $0.count == BitmapFont.lineHeight })
  }

  @Test func `a letter is drawn as it is designed`() {
    let glyph = BitmapFont.builtIn.glyphs(of: "L")[0]
    #expect(glyph[0, 1] && glyph[1, 2] && !glyph[2, 1])
    #expect((0..<10).allSatisfy { glyph[$0, 14] })
  }

  @Test func `characters without a shape show their code points`() {
    let (whale, other, far) = ("鲸", "鱼", "🐋")
    let font = BitmapFont.builtIn
    #expect(font.glyphs(of: whale) != font.glyphs(of: other))
    #expect(font.glyphs(of: far)[0].width > font.glyphs(of: whale)[0].width)
    #expect(font.glyphs(of: "\u{7}")[0].rows.contains { $0 != 0 })
  }

  @Test func `text runs upwards as it runs across`() {
    var across = Canvas(width: 60, height: 60)
    var upwards = Canvas(width: 60, height: 60)
    across.write("Lt", x: 3, y: 5, font: .builtIn)
    upwards.write("Lt", x: 5, y: 3, .upwards, font: .builtIn)
    let length = BitmapFont.builtIn.width(of: "Lt")
    var inkCount = 0
    for row in 0..<BitmapFont.lineHeight {
      for column in 0..<length {
        let isInk = across[3 + column, 5 + row] == .ink
        #expect((upwards[5 + row, 3 + length - 1 - column] == .ink) == isInk)
        if isInk { inkCount += 1 }
      }
    }
    #expect(inkCount > 40)
  }

  @Test func `a long label ends with an ellipsis, and fits`() {
    let long = String(repeating: "w", count: 100)
    let fitted = BitmapFont.builtIn.fitted(long, to: 240)
    #expect(fitted.hasSuffix("...") && BitmapFont.builtIn.width(of: fitted) <= 240)
    #expect(BitmapFont.builtIn.fitted("whale", to: 240) == "whale")
  }

  @Test func `a font in Unifont's format adds letters`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).hex")
    defer { try? FileManager.default.removeItem(at: file) }
    let narrow = "00E9:80" + String(repeating: "00", count: 14) + "01"
    let wide = "9CB8:8001" + String(repeating: "0000", count: 15)
    try Data("\(narrow)\n\(wide)\n".utf8).write(to: file)
    let font = try BitmapFont(hexFile: file)
    let (first, second) = (font.glyphs(of: "é")[0], font.glyphs(of: "鲸")[0])
    #expect(first.width == 8 && first[0, 2] && !first[1, 2] && first[7, 17])
    #expect(second.width == 16 && second[0, 2] && second[15, 2] && !second[7, 2])
    #expect(font.glyphs(of: "L") == BitmapFont.builtIn.glyphs(of: "L"))
    for line in ["9CB8:80", "XY:00", "9CB8", "D800:" + String(repeating: "0", count: 32), ":::"] {
      try Data("\(narrow)\n\(line)\n".utf8).write(to: file)
      #expect(throws: FontError.notAGlyph(file: file.path, line: 2)) {
        try BitmapFont(hexFile: file)
      }
    }
  }

  @Test func `the ramp darkens step by step`() {
    let lights = ColourRamp.colours.map { $0.gray.red }
    #expect(zip(lights, lights.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(lights[0] > 240 && lights[255] < 80)
    #expect(ColourRamp[-1] == ColourRamp[0] && ColourRamp[2] == ColourRamp[1])
    #expect(ColourRamp[.nan] == ColourRamp[0])
  }

  @Test func `a scale ends at the 99th percentile`() {
    let scale = ColourScale([Float](repeating: 0.1, count: 199) + [5])
    #expect(scale.top == 0.1)
    #expect(scale[5] == ColourRamp[1] && scale[0.05] == ColourRamp[0.5])
    #expect(scale[.nan] == ColourRamp[0])
    #expect(ColourScale([0, 0, 0.25]).top == 0.25)
    #expect(ColourScale([]).position(1) == 0)
  }
}

extension Canvas {
  /// The pixels as the engine's own reader finds them in the PNG file.
  var raster: Raster {
    get throws {
      try png().withUnsafeBytes { try Raster(decoding: $0, file: "canvas.png") }
    }
  }
}

extension Raster {
  func colour(_ x: Int, _ y: Int) -> Colour {
    guard case .bytes(let samples) = samples else { return .white }
    let i = (y * width + x) * 3
    return Colour(samples[i], samples[i + 1], samples[i + 2])
  }
}
