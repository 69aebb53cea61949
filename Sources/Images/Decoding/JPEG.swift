import CTesseraImageCodecs

/// Decodes JPEG files by libjpeg-turbo, with its defaults: the slow integer DCT and smooth
/// upsampling of chroma, as Pillow uses it.
struct JPEGDecoder {
  let bytes: UnsafeRawBufferPointer
  let file: String

  func decode(_ limits: ImageLimits) throws -> Raster {
    let header = try JPEGHeader(bytes: bytes, file: file)
    try limits.check(width: header.width, height: header.height, of: file)
    switch header.componentCount {
    case 1: return try decode(header, as: .gray, TJPF_GRAY)
    case 3: return try decode(header, as: .rgb, TJPF_RGB)
    case 4: return try decode(header, as: .cmyk, TJPF_CMYK)
    default:
      throw ImageError.unsupported(
        file: file, format: .jpeg, expected: "1, 3 or 4 components",
        found: "\(header.componentCount)")
    }
  }

  private func decode(_ header: JPEGHeader, as mode: Raster.Mode, _ format: TJPF) throws -> Raster {
    guard let decoder = tjInitDecompress() else {
      throw ImageError.corrupt(file: file, format: .jpeg, reason: "no memory for the decoder")
    }
    defer { tjDestroy(decoder) }

    let count = header.width * header.height * mode.channelCount
    let samples = try [UInt8](unsafeUninitializedCapacity: count) { out, initialized in
      // Thousands of scans over one picture are an attack on the reader's time.
      let status = tjDecompress2(
        decoder, bytes.bindMemory(to: UInt8.self).baseAddress, UInt(bytes.count),
        out.baseAddress, CInt(header.width), 0, CInt(header.height), CInt(format.rawValue),
        TJFLAG_LIMITSCANS)
      // Warnings (stray bytes, a damaged stretch) leave a picture, which Pillow accepts too.
      guard status == 0 || tjGetErrorCode(decoder) == CInt(TJERR_WARNING.rawValue) else {
        throw ImageError.corrupt(
          file: file, format: .jpeg, reason: String(cString: tjGetErrorStr2(decoder)))
      }
      if mode == .cmyk {
        // Stored as paper white minus ink, by Adobe's convention, which Pillow takes for granted.
        for i in 0..<count { out[i] = ~out[i] }
      }
      initialized = count
    }
    return Raster(
      mode: mode, width: header.width, height: header.height, samples: .bytes(samples))
  }
}
