import TesseraFiles
import TesseraImages
import TesseraTensors
import TesseraTestSupport
import Testing

@Suite struct HostileFileTests {
  private func decode(_ bytes: [UInt8], limits: ImageLimits = ImageLimits()) throws -> Raster {
    try bytes.withUnsafeBytes { try Raster(decoding: $0, file: "f", limits: limits) }
  }

  private func message(_ bytes: [UInt8], limits: ImageLimits = ImageLimits()) -> String {
    do {
      _ = try decode(bytes, limits: limits)
      return "decoded"
    } catch let error as ImageError {
      return error.description
    } catch {
      return "\(type(of: error))"
    }
  }

  @Test(arguments: [
    "golden/small.png", "conformance/jpeg-420.jpg", "conformance/jpeg-progressive-restarts.jpg",
    "conformance/webp-lossy.webp", "conformance/webp-lossless.webp",
    "conformance/webp-animated.webp", "conformance/png-type3-depth4-interlaced.png",
  ])
  func `no part of a file passes for the whole`(name: String) throws {
    let bytes = try ImageCases.bytes(name)
    // A PNG without its end chunk is complete to Pillow, and so it is here.
    let end = name.hasSuffix("png") ? bytes.count - 12 : bytes.count
    for count in 1..<end {
      #expect(throws: ImageError.self, "\(count) of \(bytes.count) bytes") {
        try decode(Array(bytes[..<count]))
      }
    }
    let half = message(Array(bytes[..<(bytes.count / 2)]))
    #expect(half.contains("truncated"), "\(half)")
  }

  @Test(arguments: [
    "formats/gif-interlaced.gif", "formats/bmp-palette.bmp", "formats/bmp-runs-8.bmp",
    "formats/tiff-rgb.tif", "formats/tiff-tiff_lzw.tif",
  ])
  func `no half of a file passes for the whole`(name: String) throws {
    let bytes = try ImageCases.bytes(name)
    for count in stride(from: 1, to: bytes.count * 9 / 10, by: 7) {
      #expect(throws: ImageError.self, "\(count) of \(bytes.count) bytes") {
        try decode(Array(bytes[..<count]))
      }
    }
  }

  @Test(arguments: [
    "golden/small.png", "conformance/jpeg-420.jpg", "conformance/webp-alpha.webp",
    "formats/gif-interlaced.gif", "formats/gif-beyond-canvas.gif", "formats/bmp-runs-4.bmp",
    "formats/bmp-565.bmp", "formats/tiff-tiff_lzw.tif", "formats/tiff-tiles.tif",
    "formats/tiff-group4.tif", "formats/tiff-jpeg.tif", "shown/palette-entries.png",
  ])
  func `damaged files decode or are refused`(name: String) throws {
    let bytes = try ImageCases.bytes(name)
    var random = SplitMix64(seed: 1)
    var refused = 0
    for _ in 0..<2000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      do {
        let raster = try decode(damaged, limits: ImageLimits(maximumPixelCount: 1 << 22))
        #expect(PixelRecipe.torchvision(size: 16)(raster).rgb.count == 16 * 16 * 3)
        #expect(raster.shown().mode == .rgb)
      } catch {
        #expect(error is ImageError)
        refused += 1
      }
    }
    #expect(refused > 0)
  }

  @Test func `the checksum of image data counts`() throws {
    var bytes = try ImageCases.bytes("golden/small.png")
    // The last data chunk's checksum stands right before the 12 bytes of the end chunk.
    bytes[bytes.count - 13] ^= 1
    #expect(message(bytes).hasPrefix("f: corrupt PNG: "))
  }

  @Test func `what makes no pixel is passed over, however broken or large`() throws {
    let bytes = try ImageCases.bytes("golden/small.png")
    let plain = try decode(bytes)
    // A text with a wrong checksum, and one that says it is compressed and is not.
    let wrong: [UInt8] = [0, 0, 0, 3, 0x74, 0x45, 0x58, 0x74, 0x61, 0, 0x62, 1, 2, 3, 4]
    let large = [UInt8](repeating: 0x61, count: 1 << 20)
    let zipped: [UInt8] = [0, 0x10, 0, 0, 0x7A, 0x54, 0x58, 0x74] + large + [0, 0, 0, 0]
    for place in [33, bytes.count - 12] {
      for chunk in [wrong, zipped] {
        #expect(try decode(Array(bytes[..<place]) + chunk + bytes[place...]) == plain)
      }
    }
  }

  @Test func `a header behind another chunk is refused`() throws {
    var bytes = try ImageCases.bytes("golden/small.png")
    let chunk: [UInt8] = [0, 0, 0, 0, 0x74, 0x45, 0x58, 0x74, 0, 0, 0, 0]
    bytes.insert(contentsOf: chunk, at: 8)
    #expect(message(bytes) == "f: corrupt PNG: its first chunk is not the header")
  }

  @Test func `a header is held against the limit before memory is taken`() throws {
    let header: [UInt8] = [
      0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52,
      0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 16, 6, 0, 0, 0,
    ]
    #expect(
      message(header) == """
        f: 2147483647×2147483647 pixels are more than the limit of 178956970 pixels, which \
        guards against decompression bombs; to accept them, raise the limit: --max-pixels
        """)
    for name in [
      "golden/small.png", "golden/gray.jpg", "golden/lossy.webp", "formats/gif-gray.gif",
      "formats/bmp-rgb.bmp", "formats/tiff-planar.tif",
    ] + Libraries.pictures(["boxes/avif-420.avif", "boxes/heic-420.heic", "jxl/rgb.jxl"]) {
      let bytes = try ImageCases.bytes(name)
      let raster = try decode(bytes)
      let count = raster.width * raster.height
      #expect(try decode(bytes, limits: ImageLimits(maximumPixelCount: count)) == raster)
      #expect(
        throws: ImageError.tooManyPixels(
          file: "f", width: raster.width, height: raster.height, limit: count - 1)
      ) { try decode(bytes, limits: ImageLimits(maximumPixelCount: count - 1)) }
    }
  }

  @Test(arguments: [
    ("%PDF-1.7", "a PDF"), ("\u{0}\u{0}\u{0}\u{18}ftypisom", "an MP4 or a related video"),
    ("qoif", "a QOI"), ("<?xml?><svg/>", "an SVG"),
    ("<!DOCTYPE html>", "an HTML page"), ("just words\n", "a text file"),
    ("version https://git-lfs.github.com/spec/v1", "a Git LFS pointer in place of the file"),
  ])
  func `other formats are named`(text: String, name: String) {
    #expect(
      message(Array(text.utf8))
        == "f: \(name), which is not supported: "
        + "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF, HEIC, JPEG XL are")
  }

  /// Pillow hands such colours to LittleCMS.
  @Test(arguments: [UInt8(8), 9, 10])
  func `CIELab is refused by its name`(photometric: UInt8) throws {
    var bytes = try ImageCases.bytes("formats/tiff-rgb.tif")
    let entry: [UInt8] = [0x06, 0x01, 3, 0, 1, 0, 0, 0, 2]
    let start = try #require(bytes.firstRange(of: entry)).lowerBound
    bytes[start + entry.count - 1] = photometric
    #expect(
      message(bytes)
        == "f: unsupported TIFF: expected gray, a palette, RGB or CMYK, found CIELab colours")
  }

  @Test func `what is no picture is said plainly`() throws {
    #expect(message([]) == "f: the file is empty")
    #expect(
      message([1, 2, 3])
        == "f: not an image: expected one of PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF, HEIC, JPEG XL")
    #expect(message([0x89, 0x50, 0x4E]).hasPrefix("f: truncated PNG: it ends after 3 bytes"))
    #expect(throws: FileError.self) { try Raster(contentsOf: "/nonexistent.png") }
    #expect(throws: FileError.self) { try Raster(contentsOf: "/") }
  }

  @Test func `kinds of JPEG that are not read are named`() {
    let frame: (UInt8, UInt8, UInt8) -> [UInt8] = { marker, bits, components in
      [0xFF, 0xD8, 0xFF, marker, 0, 8, bits, 0, 4, 0, 4, components, 0xFF, 0xD9]
    }
    #expect(message(frame(0xC1, 12, 1)).hasSuffix("expected 8-bit samples, found 12-bit ones"))
    #expect(message(frame(0xC3, 8, 1)).contains("lossless or hierarchical one (SOF3)"))
    #expect(message(frame(0xC0, 8, 2)).hasSuffix("expected 1, 3 or 4 components, found 2"))
    #expect(message([0xFF, 0xD8, 0xFF, 0xD9]).hasSuffix("it has no frame header"))
    #expect(message([0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 0, 0]).contains("under the least of 2"))
  }
}
