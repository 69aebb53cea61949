/// The chunks of a PNG file that make its pixels: header, palette and image data.
///
/// Only these reach the decoder. Comments, profiles and the like change no pixel, but can be
/// compressed without bound, and libspng refuses a file that has more than a thousand. Like
/// Pillow, this ignores whatever follows the image data, even if the end of the file is missing.
enum PNGChunks {
  private static let signatureLength = 8
  /// Length, type and checksum stand around a chunk's data, four bytes each.
  private static let frameLength = 12
  private static let end: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]

  /// The size that the header states, in pixels.
  /// - Throws: `ImageError` if the file does not begin with a header: one further on could ask for
  ///   more than the limits allow.
  static func size(in bytes: UnsafeRawBufferPointer, file: String) throws
    -> (width: Int, height: Int)
  {
    guard bytes.count >= 24 else {
      throw ImageError.truncated(file: file, format: .png, byteCount: bytes.count)
    }
    guard bytes[12..<16].elementsEqual("IHDR".utf8) else {
      throw ImageError.corrupt(
        file: file, format: .png, reason: "its first chunk is not the header")
    }
    return (bigEndian(bytes[16..<20]), bigEndian(bytes[20..<24]))
  }

  private static func bigEndian(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }

  /// - Throws: `ImageError` if the file ends before its image data does.
  static func essential(in bytes: UnsafeRawBufferPointer, file: String) throws -> [UInt8] {
    var essential = Array(bytes.prefix(signatureLength))
    essential.reserveCapacity(bytes.count)
    var position = signatureLength
    var hasImageData = false
    while bytes.count - position >= frameLength {
      let length = bigEndian(bytes[position..<position + 4])
      let type = bytes[position + 4..<position + 8]
      let isImageData = type.elementsEqual("IDAT".utf8)
      if hasImageData && !isImageData { break }
      guard type.allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) }) else {
        throw ImageError.corrupt(
          file: file, format: .png, reason: "no chunk begins at byte \(position)")
      }
      if type.elementsEqual("IEND".utf8) {
        throw ImageError.corrupt(file: file, format: .png, reason: "it has no image data")
      }
      guard bytes.count - position - frameLength >= length else { break }
      let next = position + frameLength + length
      if isImageData || type.elementsEqual("IHDR".utf8) || type.elementsEqual("PLTE".utf8) {
        essential.append(contentsOf: bytes[position..<next])
      }
      hasImageData = hasImageData || isImageData
      position = next
    }
    guard hasImageData, !endsWithin(imageData: bytes[position...]) else {
      throw ImageError.truncated(file: file, format: .png, byteCount: bytes.count)
    }
    return essential + end
  }

  /// The data of the first chunk of a type, wherever it stands; nil where there is none.
  static func find(_ type: String, in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var position = signatureLength
    while bytes.count - position >= frameLength {
      let length = bigEndian(bytes[position..<position + 4])
      guard bytes.count - position - frameLength >= length else { return nil }
      if bytes[position + 4..<position + 8].elementsEqual(type.utf8) {
        return UnsafeRawBufferPointer(rebasing: bytes[position + 8..<position + 8 + length])
      }
      position += frameLength + length
    }
    return nil
  }

  /// Whether what is left is a chunk of image data, which then is incomplete.
  private static func endsWithin(imageData rest: Slice<UnsafeRawBufferPointer>) -> Bool {
    rest.dropFirst(4).prefix(4).elementsEqual("IDAT".utf8)
  }
}
