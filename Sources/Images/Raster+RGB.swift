extension Raster {
  /// Red, green and blue as Pillow's `convert("RGB")` makes them: alpha is dropped, 16-bit gray is
  /// cut off at 255, ink is subtracted without a colour profile.
  package func convertedToRGB() -> Raster {
    if mode == .rgb { return self }
    let count = width * height * 3
    let rgb = [UInt8](unsafeUninitializedCapacity: count) { out, initialized in
      switch samples {
      case .words(let words): words.withUnsafeBufferPointer { Self.grayToRGB($0, out) }
      case .bytes(let bytes): bytes.withUnsafeBufferPointer { toRGB($0, out) }
      }
      initialized = count
    }
    return Raster(mode: .rgb, width: width, height: height, samples: .bytes(rgb))
  }

  private static func grayToRGB(
    _ words: UnsafeBufferPointer<UInt16>, _ out: UnsafeMutableBufferPointer<UInt8>
  ) {
    for i in words.indices {
      let gray = UInt8(clamping: words[i])
      for channel in 0..<3 { out[i * 3 + channel] = gray }
    }
  }

  private func toRGB(
    _ bytes: UnsafeBufferPointer<UInt8>, _ out: UnsafeMutableBufferPointer<UInt8>
  ) {
    let step = mode.channelCount
    for i in 0..<width * height {
      for channel in 0..<3 {
        out[i * 3 + channel] =
          switch mode {
          case .bilevel, .gray, .grayAlpha, .gray16: bytes[i * step]
          case .palette: palette[Int(bytes[i]) * 3 + channel]
          case .rgb, .rgba: bytes[i * step + channel]
          case .cmyk: Self.reflected(ink: bytes[i * 4 + channel], black: bytes[i * 4 + 3])
          }
      }
    }
  }

  /// What is left of white under one coloured ink and black.
  private static func reflected(ink: UInt8, black: UInt8) -> UInt8 {
    let light = 255 - Int32(black)
    let product = Int32(ink) * light + 128
    return UInt8(max(0, light - (product >> 8 + product) >> 8))
  }
}
