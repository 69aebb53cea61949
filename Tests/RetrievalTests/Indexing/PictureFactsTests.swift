import Foundation
import TesseraRetrieval
import TesseraTestSupport
import Testing

/// What a picture's header says, without decoding it.
struct PictureFactsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// EXIF with one tag in its own folder: DateTimeOriginal.
  private func exif(_ time: String, isBig: Bool) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
      return isBig ? bytes.reversed() : bytes
    }
    func entry(_ tag: Int, _ type: Int, _ count: Int, _ value: Int) -> [UInt8] {
      number(tag, 2) + number(type, 2) + number(count, 4) + number(value, 4)
    }
    let head = Array((isBig ? "MM" : "II").utf8) + number(42, 2) + number(8, 4)
    let first = number(1, 2) + entry(0x8769, 4, 1, 26) + number(0, 4)
    let second = number(1, 2) + entry(0x9003, 2, 20, 44) + number(0, 4)
    return head + first + second + Array(time.utf8) + [0]
  }

  private func file(_ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(filePath: folder.path("picture")))
    return folder.path("picture")
  }

  private func jpeg(_ exif: [UInt8]) -> [UInt8] {
    let content = Array("Exif".utf8) + [0, 0] + exif
    let length = content.count + 2
    return [
      0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255),
    ]
      + content + [0xFF, 0xC0, 0, 17, 8, 0x01, 0x02, 0x03, 0x04, 3]
      + [UInt8](repeating: 0, count: 20)
  }

  @Test(arguments: [true, false]) func `when it was taken, in either order of bytes`(isBig: Bool)
    throws
  {
    let block = exif("2024:05:31 18:20:07", isBig: isBig)
    let expected = "2024-05-31T18:20:07"
    #expect(CameraTime.read(try file(jpeg(block))) == expected)
    let png: [UInt8] =
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, UInt8(block.count)]
      + Array("eXIf".utf8) + block + [0, 0, 0, 0]
    #expect(CameraTime.read(try file(png)) == expected)
    let webp =
      Array("RIFF....WEBPJUNK".utf8) + [1, 0, 0, 0, 7, 0] + Array("EXIF".utf8)
      + [UInt8(block.count), 0, 0, 0] + block
    #expect(CameraTime.read(try file(webp)) == expected)
  }

  @Test(arguments: ["    :  :     :  :  ", "0000:00:00 00:00:00", "2024-05-31 18:20:07"])
  func `blanks and other spellings are no time`(time: String) throws {
    #expect(CameraTime.read(try file(jpeg(exif(time, isBig: true)))) == nil)
  }

  @Test func `a file that is cut off anywhere is no picture with a time`() throws {
    let whole = jpeg(exif("2024:05:31 18:20:07", isBig: true))
    for count in 0..<90 where count < whole.count - 32 {
      #expect(CameraTime.read(try file(Array(whole[..<count]))) == nil, "\(count)")
    }
  }

  @Test func `sizes, as the headers of three formats say`() throws {
    #expect(PictureSize(of: try file(jpeg([]))) == PictureSize(width: 0x304, height: 0x102))
    let gallery = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../models/picturebook").standardizedFileURL
    let sheet = gallery.appending(path: "sheet.png").path
    #expect((PictureSize(of: sheet)?.width ?? 0) > 0)
    #expect(PictureSize(of: try file([1, 2, 3])) == nil && PictureSize(of: "/nowhere") == nil)
  }
}
