import TesseraImages
import Testing

/// Which of the libraries that are not needed to build the system has.
enum Libraries {
  static let hasAVIF = isThere("boxes/avif-444.avif")
  static let hasHEIC = isThere("boxes/heic-444.heic")
  static let hasJPEGXL = isThere("jxl/rgb.jxl")

  private static func isThere(_ name: String) -> Bool {
    do {
      _ = try ImageCases.raster(name)
    } catch ImageError.noLibrary {
      return false
    } catch {}
    return true
  }

  /// Those of the pictures that can be read here.
  static func pictures(_ names: [String]) -> [String] {
    names.filter {
      $0.hasSuffix(".avif") ? hasAVIF : $0.hasSuffix(".jxl") ? hasJPEGXL : hasHEIC
    }
  }
}

/// AVIF and HEIC: pictures in boxes.
@Suite struct BoxesTests {
  private func cases(_ ending: String) throws -> [PictureCase] {
    try ImageCases.decode([PictureCase].self, "boxes/expected.json").filter {
      $0.name.hasSuffix(ending)
    }
  }

  @Test(.enabled(if: Libraries.hasAVIF, "the system has no libavif"))
  func `AVIF decodes to the pixels of Pillow, to the bit`() throws {
    let cases = try cases(".avif")
    #expect(cases.count > 25)
    for expected in cases {
      let raster = try ImageCases.raster("boxes/\(expected.name)")
      #expect(raster.mode.rawValue == expected.mode, "\(expected.name)")
      #expect(PixelSummary(raster) == expected.decoded, "\(expected.name)")
      #expect(PixelSummary(raster.shown()) == expected.shown, "\(expected.name)")
    }
  }

  @Test(.enabled(if: Libraries.hasHEIC, "the system has no libheif that reads HEIC"))
  func `HEIC decodes to pillow-heif's pixels, as far as releases of libheif agree`() throws {
    let cases = try cases(".heic")
    #expect(cases.count == 4)
    for expected in cases {
      let raster = try ImageCases.raster("boxes/\(expected.name)")
      #expect(raster.mode.rawValue == expected.mode, "\(expected.name)")
      let own = PixelSummary(raster)
      #expect(own.width == expected.decoded.width && own.height == expected.decoded.height)
      for (sum, wanted) in zip(own.sums, expected.decoded.sums) {
        #expect(abs(sum - wanted) <= own.width * own.height / 2, "\(expected.name)")
      }
    }
  }

  @Test func `what is damaged, cut or too large is refused`() throws {
    for name in Libraries.pictures(["boxes/avif-420.avif", "boxes/heic-420.heic"]) {
      let bytes = try ImageCases.bytes(name)
      for count in [13, 40, bytes.count / 2] {
        #expect(throws: ImageError.self) {
          try bytes.prefix(count).withUnsafeBytes { try Raster(decoding: $0, file: "f") }
        }
      }
    }
  }

  @Test func `brands, sizes and turns stand in the boxes`() throws {
    func boxes<Value>(_ name: String, _ read: (ISOBoxes) -> Value) throws -> Value {
      try ImageCases.bytes(name).withUnsafeBytes { read(ISOBoxes(bytes: $0)) }
    }
    #expect(try boxes("boxes/avif-420.avif", \.brands).first == "avif")
    #expect(try boxes("boxes/heic-420.heic", \.brands).contains("heic"))
    let size = try boxes("boxes/avif-420-even.avif", \.size)
    #expect(size?.width == 30 && size?.height == 20)
    #expect(try boxes("formats/gif-gray.gif", \.size) == nil)
    #expect(try boxes("formats/gif-gray.gif", \.brands).isEmpty)
    for orientation in 2...8 {
      #expect(try boxes("boxes/avif-turned-\(orientation).avif", \.orientation) == orientation)
    }
  }

  @Test func `the generic brand of a picture is one of the kind that it names beside`() throws {
    func format(_ brands: String...) -> ImageFormat? {
      let bytes =
        [0, 0, 0, UInt8(12 + 4 * brands.count)] + Array("ftyp\(brands[0])\0\0\0\0".utf8)
        + brands.dropFirst().flatMap { Array($0.utf8) }
      return bytes.withUnsafeBytes { try? ImageFormat(of: $0, file: "f") }
    }
    #expect(format("mif1", "mif1", "heic") == .heic)
    #expect(format("mif1", "miaf", "avif") == .avif)
    #expect(format("avif") == .avif && format("heix") == .heic)
    #expect(format("isom", "mp42") == nil)
  }
}
