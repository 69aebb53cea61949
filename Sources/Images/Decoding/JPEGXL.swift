import CTesseraPictureLibraries

/// Decodes the first frame of JPEG XL files by libjxl, if the system has it, as its plug-in for Pillow
/// does. A file that was made from a JPEG gives that JPEG's pixels.
struct JPEGXLDecoder {
  let bytes: UnsafeRawBufferPointer
  let file: String

  func decode(_ limits: ImageLimits) throws -> Raster {
    guard tessera_jxl_is_there() != 0 else {
      throw ImageError.noLibrary(file: file, format: .jpegXL, library: "libjxl")
    }
    var picture = tessera_jxl_picture()
    defer { tessera_jxl_close(&picture) }
    let start = bytes.bindMemory(to: UInt8.self).baseAddress
    try check(tessera_jxl_open(&picture, start, bytes.count))
    let info = picture.info
    let (width, height) = (Int(info.width), Int(info.height))
    try limits.check(width: width, height: height, of: file)
    guard info.is_premultiplied == 0 else {
      throw ImageError.unsupported(
        file: file, format: .jpegXL, expected: "alpha of its own",
        found: "alpha that the colours are multiplied with")
    }
    let mode: Raster.Mode =
      switch (info.colours, info.alpha_bits > 0) {
      case (1, true): .grayAlpha
      case (1, false): info.bits > 8 ? .gray16 : .gray
      case (_, true): .rgba
      case (_, false): .rgb
      }
    try check(
      tessera_jxl_decode(&picture, UInt32(mode.channelCount), mode == .gray16 ? 1 : 0))
    let decoded = UnsafeRawBufferPointer(start: picture.bytes, count: picture.count)
    guard picture.is_jpeg == 0 else {
      return try JPEGDecoder(bytes: decoded, file: file).decode(limits)
    }
    let samples: Raster.Samples =
      mode == .gray16
      ? .words(
        stride(from: 0, to: decoded.count, by: 2).map {
          decoded.loadUnaligned(fromByteOffset: $0, as: UInt16.self)
        }) : .bytes(Array(decoded))
    guard samples.count == width * height * mode.channelCount else {
      throw ImageError.corrupt(file: file, format: .jpegXL, reason: "too few samples")
    }
    return Raster(mode: mode, width: width, height: height, samples: samples)
  }

  private func check(_ reason: UnsafePointer<CChar>?) throws {
    guard let reason else { return }
    throw ImageError.corrupt(file: file, format: .jpegXL, reason: String(cString: reason))
  }
}
