import CTesseraImageCodecs

/// Decodes the first picture of TIFF files by libtiff, in the modes that Pillow gives them.
///
/// As Pillow does, and for this format alone, it turns the picture as its orientation says.
struct TIFFDecoder {
  let bytes: UnsafeRawBufferPointer
  let file: String

  /// What libtiff reads from.
  private struct Source {
    let bytes: UnsafeRawBufferPointer
    var position: UInt64 = 0
  }

  func decode(_ limits: ImageLimits) throws -> Raster {
    guard bytes.count >= 8 else { throw truncated }
    // What libtiff would print goes nowhere; the decoder's own errors are told.
    TIFFSetErrorHandler(nil)
    TIFFSetWarningHandler(nil)
    var source = Source(bytes: bytes)
    return try withUnsafeMutablePointer(to: &source) { source in
      guard let tiff = open(source) else {
        throw ImageError.corrupt(file: file, format: .tiff, reason: "no picture that can be found")
      }
      defer { TIFFClose(tiff) }
      let layout = try TIFFLayout(tiff, file: file)
      try limits.check(width: layout.width, height: layout.height, of: file)
      let samples = try TIFFSamples(tiff, layout, file: file).read()
      return try raster(layout, samples, tiff).turned(as: layout.orientation)
    }
  }

  private func open(_ source: UnsafeMutablePointer<Source>) -> OpaquePointer? {
    TIFFClientOpen(
      file, "rm", source,
      { handle, out, count in
        guard let handle, let out else { return 0 }
        let source = handle.assumingMemoryBound(to: Source.self)
        let (start, end) = (source.pointee.position, UInt64(source.pointee.bytes.count))
        guard start < end else { return 0 }
        let taken = Int(min(UInt64(max(0, count)), end - start))
        UnsafeMutableRawBufferPointer(start: out, count: taken).copyMemory(
          from: .init(rebasing: source.pointee.bytes[Int(start)..<Int(start) + taken]))
        source.pointee.position += UInt64(taken)
        return tmsize_t(taken)
      },
      { _, _, _ in 0 },
      { handle, offset, whence in
        guard let handle else { return .max }
        let source = handle.assumingMemoryBound(to: Source.self)
        let base: UInt64 =
          switch whence {
          case SEEK_CUR: source.pointee.position
          case SEEK_END: UInt64(source.pointee.bytes.count)
          default: 0
          }
        source.pointee.position = base &+ offset
        return source.pointee.position
      },
      { _ in 0 },
      { handle in
        handle.map {
          toff_t($0.assumingMemoryBound(to: Source.self).pointee.bytes.count)
        } ?? 0
      }, nil, nil)
  }

  private func raster(_ layout: TIFFLayout, _ samples: [UInt8], _ tiff: OpaquePointer) throws
    -> Raster
  {
    let (width, height) = (layout.width, layout.height)
    func made(_ mode: Raster.Mode, _ samples: [UInt8], palette: [UInt8] = []) -> Raster {
      Raster(
        mode: mode, width: width, height: height, samples: .bytes(samples), palette: palette)
    }
    func wide(_ mode: Raster.Mode, _ samples: Raster.Samples) -> Raster {
      Raster(mode: mode, width: width, height: height, samples: samples, grayBits: layout.bits)
    }
    switch (layout.colours, layout.bits) {
    case (.gray, 12...16) where layout.kind == .unsigned:
      return wide(.gray16, .words(numbers(samples)))
    case (.gray, 16):
      return wide(.gray32, .integers(numbers(samples).map { (sample: Int16) in Int32(sample) }))
    case (.gray, 32) where layout.kind == .floatingPoint:
      return wide(.grayFloat, .floats(numbers(samples)))
    // Unsigned ones beyond 2³¹ become negative, as in Pillow.
    case (.gray, 32): return wide(.gray32, .integers(numbers(samples)))
    case (.gray, 1): return made(.bilevel, samples.map { ($0 ^ (layout.isInverted ? 1 : 0)) * 255 })
    case (.gray, _):
      let scale = UInt8(255 / (1 << layout.bits - 1))
      return made(.gray, samples.map { layout.isInverted ? 255 - $0 * scale : $0 * scale })
    case (.grayAlpha, _): return made(.grayAlpha, samples)
    case (.palette, _): return made(.palette, samples, palette: try palette(layout, tiff))
    case (.rgb, 16): return made(.rgb, highBytes(samples))
    case (.rgba, 16): return made(.rgba, divided(highBytes(samples), layout))
    case (.cmyk, 16): return made(.cmyk, highBytes(samples))
    case (.rgb, _): return made(.rgb, samples)
    case (.rgba, _): return made(.rgba, divided(samples, layout))
    case (.cmyk, _): return made(.cmyk, samples)
    }
  }

  private func highBytes(_ samples: [UInt8]) -> [UInt8] {
    numbers(samples).map { (sample: UInt16) in UInt8(sample >> 8) }
  }

  /// Samples of several bytes, in the machine's order, as libtiff hands them over.
  private func numbers<Number>(_ samples: [UInt8]) -> [Number] {
    samples.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: MemoryLayout<Number>.size).map {
        bytes.loadUnaligned(fromByteOffset: $0, as: Number.self)
      }
    }
  }

  /// Colours that were multiplied with the alpha, divided by it; nothing is left under no alpha.
  private func divided(_ samples: [UInt8], _ layout: TIFFLayout) -> [UInt8] {
    guard layout.isPremultiplied else { return samples }
    var samples = samples
    for pixel in stride(from: 0, to: samples.count, by: 4) {
      let alpha = Int(samples[pixel + 3])
      for channel in pixel..<pixel + 3 where alpha < 255 {
        samples[channel] = alpha == 0 ? 0 : UInt8(min(255, Int(samples[channel]) * 255 / alpha))
      }
    }
    return samples
  }

  private func palette(_ layout: TIFFLayout, _ tiff: OpaquePointer) throws -> [UInt8] {
    var (red, green, blue): (UnsafePointer<UInt16>?, UnsafePointer<UInt16>?, UnsafePointer<UInt16>?)
    guard tessera_tiff_colormap(tiff, &red, &green, &blue) != 0, let red, let green, let blue else {
      throw ImageError.corrupt(file: file, format: .tiff, reason: "it has no palette")
    }
    var palette = [UInt8](repeating: 0, count: 768)
    for i in 0..<min(256, 1 << layout.bits) {
      for (channel, entries) in [red, green, blue].enumerated() {
        palette[i * 3 + channel] = UInt8(entries[i] >> 8)
      }
    }
    return palette
  }

  private var truncated: ImageError {
    .truncated(file: file, format: .tiff, byteCount: bytes.count)
  }
}
