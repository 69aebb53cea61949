import CTesseraImageCodecs

/// Decodes PNG files by libspng, unconverted, and maps them to the modes that Pillow gives them.
///
/// Transparency chunks, gamma and colour profiles do not touch the pixels.
struct PNGDecoder {
  let bytes: UnsafeRawBufferPointer
  let file: String

  func decode(_ limits: ImageLimits) throws -> Raster {
    let (width, height) = try PNGChunks.size(in: bytes, file: file)
    try limits.check(width: width, height: height, of: file)
    let raster = try PNGChunks.essential(in: bytes, file: file).withUnsafeBytes { try decode($0) }
    let key = PNGChunks.find("tRNS", in: bytes).flatMap { transparency($0, of: raster) }
    return raster.with(transparency: key, orientation: 1)
  }

  private func decode(_ chunks: UnsafeRawBufferPointer) throws -> Raster {
    guard let context = spng_ctx_new(0) else {
      throw ImageError.corrupt(file: file, format: .png, reason: "no memory for the decoder")
    }
    defer { spng_ctx_free(context) }
    try check(spng_set_png_buffer(context, chunks.baseAddress, chunks.count))

    var header = spng_ihdr()
    try check(spng_get_ihdr(context, &header))
    let width = Int(header.width)
    let height = Int(header.height)

    var byteCount = 0
    try check(spng_decoded_image_size(context, CInt(SPNG_FMT_PNG.rawValue), &byteCount))
    let pixels = try [UInt8](unsafeUninitializedCapacity: byteCount) { out, count in
      // libspng ors the bits of interlaced rows into place.
      if header.bit_depth < 8 { out.initialize(repeating: 0) }
      try check(
        spng_decode_image(context, out.baseAddress, byteCount, CInt(SPNG_FMT_PNG.rawValue), 0))
      count = byteCount
    }
    // Reads on to the end, for the checksum of the last image data.
    try check(spng_decode_chunks(context))

    let image = PNGPixels(width: width, height: height, depth: header.bit_depth, bytes: pixels)
    switch Int(header.color_type) {
    case Int(SPNG_COLOR_TYPE_GRAYSCALE.rawValue): return image.gray()
    case Int(SPNG_COLOR_TYPE_GRAYSCALE_ALPHA.rawValue): return image.grayAlpha()
    case Int(SPNG_COLOR_TYPE_INDEXED.rawValue):
      return image.indexed(palette: try palette(context))
    case Int(SPNG_COLOR_TYPE_TRUECOLOR.rawValue): return image.interleaved(.rgb)
    default: return image.interleaved(.rgba)
    }
  }

  /// What the chunk of transparency says of a picture whose samples say nothing of it.
  private func transparency(
    _ chunk: UnsafeRawBufferPointer, of raster: Raster
  ) -> Raster.Transparency? {
    // Samples of the header's depth, two bytes each; ours are scaled to the full range.
    let depth = Int(bytes[24])
    func sample(_ index: Int) -> Int {
      (Int(chunk[index * 2]) << 8 | Int(chunk[index * 2 + 1])) & (1 << depth - 1)
    }
    switch raster.mode {
    case .palette: return .entries(Array(chunk.prefix(256)))
    case .gray, .bilevel, .gray16:
      guard chunk.count >= 2 else { return nil }
      return .gray(UInt16(sample(0) * (depth < 8 ? 255 / (1 << depth - 1) : 1)))
    case .rgb:
      // Of colours of 16 bits only the high bytes are kept, which do not tell the one from others.
      guard chunk.count >= 6, depth == 8 else { return nil }
      return .rgb(UInt8(sample(0)), UInt8(sample(1)), UInt8(sample(2)))
    case .grayAlpha, .rgba, .cmyk, .gray32, .grayFloat: return nil
    }
  }

  /// 256 entries; those beyond the file's own are black.
  private func palette(_ context: OpaquePointer) throws -> [UInt8] {
    var plte = spng_plte()
    try check(spng_get_plte(context, &plte))
    var palette = [UInt8](repeating: 0, count: 768)
    withUnsafeBytes(of: &plte.entries) { entries in
      let stride = MemoryLayout<spng_plte_entry>.stride
      for i in 0..<min(256, Int(plte.n_entries)) {
        for channel in 0..<3 { palette[i * 3 + channel] = entries[i * stride + channel] }
      }
    }
    return palette
  }

  private func check(_ status: CInt) throws {
    switch status {
    case CInt(SPNG_OK.rawValue):
      return
    case CInt(SPNG_EIDAT_TOO_SHORT.rawValue):
      throw ImageError.truncated(file: file, format: .png, byteCount: bytes.count)
    default:
      throw ImageError.corrupt(
        file: file, format: .png, reason: String(cString: spng_strerror(status)))
    }
  }
}
