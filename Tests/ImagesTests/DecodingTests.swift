import TesseraImages
import Testing

@Suite struct DecodingTests {
  @Test(arguments: ["golden", "conformance"])
  func `pictures decode to the mode and the pixels of the reference`(folder: String) throws {
    for expected in try ImageCases.decode([PictureCase].self, "\(folder)/expected.json") {
      let raster = try ImageCases.raster("\(folder)/\(expected.name)")
      #expect(raster.mode.rawValue == expected.mode, "\(expected.name)")
      #expect(PixelSummary(raster) == expected.decoded, "\(expected.name)")
    }
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
