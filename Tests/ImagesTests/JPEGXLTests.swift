import TesseraImages
import Testing

@Suite struct JPEGXLTests {
  @Test(.enabled(if: Libraries.hasJPEGXL, "the system has no libjxl"))
  func `JPEG XL decodes to the pixels of Pillow's plug-in`() throws {
    let cases = try ImageCases.decode([PictureCase].self, "jxl/expected.json")
    #expect(cases.count > 8)
    for expected in cases {
      let raster = try ImageCases.raster("jxl/\(expected.name)")
      #expect(raster.mode.rawValue == expected.mode, "\(expected.name)")
      let own = PixelSummary(raster)
      guard expected.name.hasPrefix("lossy") else {
        #expect(own == expected.decoded, "\(expected.name)")
        continue
      }
      // Releases of libjxl round otherwise.
      #expect(own.width == expected.decoded.width && own.height == expected.decoded.height)
      for (sum, wanted) in zip(own.sums, expected.decoded.sums) {
        #expect(abs(sum - wanted) <= own.width * own.height / 2, "\(expected.name)")
      }
    }
  }

  @Test(.enabled(if: Libraries.hasJPEGXL, "the system has no libjxl"))
  func `what is cut is refused`() throws {
    for name in ["jxl/rgb.jxl", "jxl/jpeg.jxl"] {
      let bytes = try ImageCases.bytes(name)
      for count in [2, 13, bytes.count / 2] {
        #expect(throws: ImageError.self) {
          try bytes.prefix(count).withUnsafeBytes { try Raster(decoding: $0, file: "f") }
        }
      }
    }
  }

  @Test func `both beginnings are known`() throws {
    for beginning in [[0xFF, 0x0A], [0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20]] as [[UInt8]] {
      let format = try beginning.withUnsafeBytes { try ImageFormat(of: $0, file: "f") }
      #expect(format == .jpegXL)
    }
  }
}
