import TesseraImages
import Testing

@Suite struct DecodingTests {
  @Test(arguments: ["golden", "conformance", "formats", "shown"])
  func `pictures decode to the mode and the pixels of the reference`(folder: String) throws {
    for expected in try ImageCases.decode([PictureCase].self, "\(folder)/expected.json") {
      let raster = try ImageCases.raster("\(folder)/\(expected.name)")
      // Pillow has a mode of its own for 16 bits in the other byte order.
      let mode = expected.mode.replacing("I;16B", with: "I;16")
      #expect(raster.mode.rawValue == mode, "\(expected.name)")
      #expect(PixelSummary(raster) == expected.decoded, "\(expected.name)")
    }
  }

  @Test func `pictures as a person sees them`() throws {
    let cases = try ImageCases.decode([PictureCase].self, "shown/expected.json")
    #expect(cases.count > 15)
    for expected in cases {
      let raster = try ImageCases.raster("shown/\(expected.name)")
      #expect(PixelSummary(raster.shown()) == expected.shown, "\(expected.name)")
      #expect(raster.shown().shown() == raster.shown())
    }
    // A picture that has none of this is shown as it is.
    let plain = try ImageCases.raster("formats/bmp-rgb.bmp")
    #expect(plain.shown() == plain)
  }

  @Test(arguments: [
    ("shown/jpeg-1.jpg", 1, false), ("shown/jpeg-6.jpg", 6, false), ("shown/png.png", 6, false),
    ("shown/webp.webp", 6, false), ("shown/webp-alpha.webp", 6, false),
    ("shown/gray16.png", 1, true), ("formats/tiff-orientation-6.tif", 1, false),
    ("conformance/png-type2-depth16.png", 1, false), ("formats/gif-gray.gif", 1, false),
  ])
  func `what a person sees otherwise is told by a file's beginning`(
    name: String, orientation: Int, hasSixteenBitGray: Bool
  ) throws {
    let traits = try ImageCases.bytes(name).withUnsafeBytes {
      try PictureTraits(of: $0, file: name)
    }
    #expect(traits.orientation == orientation)
    #expect(traits.hasSixteenBitGray == hasSixteenBitGray)
    #expect(try ImageCases.raster(name).orientation == orientation)
  }

  @Test func `a summary tells pixels apart`() {
    let pixels = PixelSummary(width: 1, height: 1, rgb: [1, 2, 3])
    #expect(pixels != PixelSummary(width: 1, height: 1, rgb: [1, 2, 4]))
    #expect(pixels != PixelSummary(width: 1, height: 1, rgb: [2, 1, 3]))
  }

  @Test func `the name of a file does not matter`() throws {
    let bytes = try ImageCases.bytes("golden/photo-420.jpg")
    let raster = try bytes.withUnsafeBytes { try Raster(decoding: $0, file: "photo.png") }
    #expect(raster == (try ImageCases.raster("golden/photo-420.jpg")))
  }

  @Test func `16-bit gray keeps its bits, 16-bit colours their high bytes`() throws {
    let gray = try ImageCases.raster("conformance/png-type0-depth16.png")
    guard case .words(let words) = gray.samples else {
      Issue.record("16-bit gray became \(gray.mode)")
      return
    }
    #expect(words.contains { $0 & 0xFF != $0 >> 8 })
    #expect(try ImageCases.raster("conformance/png-type2-depth16.png").mode == .rgb)
    #expect(try ImageCases.raster("conformance/png-type4-depth16.png").mode == .rgba)
  }

  @Test func `ink is the inverse of what a CMYK JPEG stores`() throws {
    #expect(try ImageCases.raster("golden/cmyk.jpg").mode == .cmyk)
    let white = Raster(mode: .cmyk, width: 1, height: 1, samples: .bytes([0, 0, 0, 0]))
    #expect(white.convertedToRGB().samples == .bytes([255, 255, 255]))
    let black = Raster(mode: .cmyk, width: 1, height: 1, samples: .bytes([9, 99, 199, 255]))
    #expect(black.convertedToRGB().samples == .bytes([0, 0, 0]))
  }
}
