import TesseraFiles
import TesseraImages
import TesseraTensors

/// Width and height of a picture as its header says, without decoding it.
package struct PictureSize: Equatable, Sendable {
  package let width: Int
  package let height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Nil for a header that says nothing of the kind: whether the file is a picture shows when it is
  /// decoded.
  package init?(of path: String) {
    guard let file = try? FileContents(path), let size = file.withBytes(Self.size(in:)) else {
      return nil
    }
    (width, height) = size
  }

  private static func size(in bytes: UnsafeRawBufferPointer) -> (Int, Int)? {
    guard bytes.count >= 30 else { return nil }
    func big(_ offset: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 << 8 | Int(bytes[offset + $1]) }
    }
    func little(_ offset: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return (big(16, 4), big(20, 4)) }
    if bytes.starts(with: "RIFF".utf8) {
      switch String(decoding: bytes[12..<16], as: UTF8.self) {
      case "VP8 ": return (little(26, 2) & 0x3FFF, little(28, 2) & 0x3FFF)
      case "VP8L":
        let bits = little(21, 4)
        return (bits & 0x3FFF + 1, bits >> 14 & 0x3FFF + 1)
      case "VP8X": return (little(24, 3) + 1, little(27, 3) + 1)
      default: return nil
      }
    }
    if bytes.starts(with: "GIF8".utf8) { return (little(6, 2), little(8, 2)) }
    if let size = ISOBoxes(bytes: bytes).size { return size }
    guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
    // JPEG: segments, each with its length, up to the frame header.
    var position = 2
    while position + 9 < bytes.count, bytes[position] == 0xFF {
      let marker = bytes[position + 1]
      if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
        return (big(position + 7, 2), big(position + 5, 2))
      }
      position += marker == 0xFF ? 1 : 2 + big(position + 2, 2)
    }
    return nil
  }
}
