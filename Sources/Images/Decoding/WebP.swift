import CTesseraImageCodecs

/// Decodes WebP files by libwebp's animation decoder, as Pillow does for still pictures too: the
/// first frame on its canvas, which is transparent black elsewhere.
struct WebPDecoder {
  let bytes: UnsafeRawBufferPointer
  let file: String

  func decode(_ limits: ImageLimits) throws -> Raster {
    let start = bytes.bindMemory(to: UInt8.self).baseAddress
    var features = WebPBitstreamFeatures()
    guard WebPGetFeatures(start, bytes.count, &features) == VP8_STATUS_OK else {
      throw failure("an invalid header")
    }
    // The decoder allocates its canvas when it is made, so the limit comes first.
    try limits.check(width: Int(features.width), height: Int(features.height), of: file)

    var data = WebPData(bytes: start, size: bytes.count)
    guard let decoder = WebPAnimDecoderNew(&data, nil) else { throw failure("invalid chunks") }
    defer { WebPAnimDecoderDelete(decoder) }
    var info = WebPAnimInfo()
    guard WebPAnimDecoderGetInfo(decoder, &info) != 0 else { throw failure("invalid chunks") }
    let width = Int(info.canvas_width)
    let height = Int(info.canvas_height)
    // An animated file may state another size in its container.
    try limits.check(width: width, height: height, of: file)

    var canvas: UnsafeMutablePointer<UInt8>?
    var timestamp: CInt = 0
    guard WebPAnimDecoderGetNext(decoder, &canvas, &timestamp) != 0, let canvas else {
      throw failure("invalid image data")
    }
    let rgba = UnsafeBufferPointer(start: canvas, count: width * height * 4)
    guard features.has_alpha == 0 else {
      return Raster(mode: .rgba, width: width, height: height, samples: .bytes(Array(rgba)))
    }
    return Raster(mode: .rgb, width: width, height: height, samples: .bytes(withoutAlpha(rgba)))
  }

  /// EXIF's chunk; nil where there is none.
  static func exif(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var position = 12
    while bytes.count - position >= 8 {
      let length = (0..<4).reversed().reduce(0) { $0 << 8 | Int(bytes[position + 4 + $1]) }
      guard bytes.count - position - 8 >= length else { return nil }
      let data = UnsafeRawBufferPointer(rebasing: bytes[position + 8..<position + 8 + length])
      if bytes[position..<position + 4].elementsEqual("EXIF".utf8) {
        // Some programs put JPEG's name of the block before it.
        let name = Array("Exif\0\0".utf8)
        return data.starts(with: name) ? .init(rebasing: data.dropFirst(name.count)) : data
      }
      position += 8 + (length + 1) / 2 * 2
    }
    return nil
  }

  private func withoutAlpha(_ rgba: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    let pixelCount = rgba.count / 4
    return [UInt8](unsafeUninitializedCapacity: pixelCount * 3) { rgb, count in
      for i in 0..<pixelCount {
        rgb[i * 3] = rgba[i * 4]
        rgb[i * 3 + 1] = rgba[i * 4 + 1]
        rgb[i * 3 + 2] = rgba[i * 4 + 2]
      }
      count = pixelCount * 3
    }
  }

  /// libwebp does not say whether bytes are missing; the container's length does.
  private func failure(_ reason: String) -> ImageError {
    guard bytes.count >= 12 else {
      return .truncated(file: file, format: .webp, byteCount: bytes.count)
    }
    let length = (4..<8).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    return length + 8 > bytes.count
      ? .truncated(file: file, format: .webp, byteCount: bytes.count)
      : .corrupt(file: file, format: .webp, reason: reason)
  }
}
