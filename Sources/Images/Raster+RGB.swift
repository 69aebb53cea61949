extension Raster {
  /// Red, green and blue as Pillow's `convert("RGB")` makes them: alpha is dropped, 16-bit gray is
  /// cut off at 255, as wider and floating-point gray is at both ends, ink is subtracted without a colour profile.
  package func convertedToRGB() -> Raster {
    switch (mode, samples) {
    case (.rgb, _):
      self
    case (_, .words(let words)):
      rgb(words, step: 1) { words, i in
        let gray = UInt8(clamping: words[i])
        return (gray, gray, gray)
      }
    case (_, .integers(let integers)):
      rgb(integers, step: 1) { integers, i in
        let gray = UInt8(clamping: integers[i])
        return (gray, gray, gray)
      }
    case (_, .floats(let floats)):
      rgb(floats, step: 1) { floats, i in
        // Cut to a whole number; what is none is black.
        let gray = floats[i] > 0 ? UInt8(min(floats[i], 255)) : 0
        return (gray, gray, gray)
      }
    case (.palette, .bytes(let bytes)):
      palette.withUnsafeBufferPointer { palette in
        rgb(bytes, step: 1) { bytes, i in
          let entry = Int(bytes[i]) * 3
          return (palette[entry], palette[entry + 1], palette[entry + 2])
        }
      }
    case (.rgba, .bytes(let bytes)):
      rgb(bytes, step: 4) { ($0[$1], $0[$1 + 1], $0[$1 + 2]) }
    case (.cmyk, .bytes(let bytes)):
      rgb(bytes, step: 4) { bytes, i in
        let black = bytes[i + 3]
        return (
          Self.reflected(ink: bytes[i], black: black),
          Self.reflected(ink: bytes[i + 1], black: black),
          Self.reflected(ink: bytes[i + 2], black: black)
        )
      }
    case (_, .bytes(let bytes)):
      rgb(bytes, step: mode.channelCount) { ($0[$1], $0[$1], $0[$1]) }
    }
  }

  /// Makes an RGB image of this one's size, with `pixel` of every `step`th sample.
  @inline(__always)
  private func rgb<Sample>(
    _ samples: [Sample], step: Int,
    pixel: (UnsafeBufferPointer<Sample>, Int) -> (UInt8, UInt8, UInt8)
  ) -> Raster {
    let pixelCount = width * height
    let rgb = [UInt8](unsafeUninitializedCapacity: pixelCount * 3) { out, initialized in
      samples.withUnsafeBufferPointer { samples in
        for i in 0..<pixelCount {
          (out[i &* 3], out[i &* 3 &+ 1], out[i &* 3 &+ 2]) = pixel(samples, i &* step)
        }
      }
      initialized = pixelCount * 3
    }
    return Raster(mode: .rgb, width: width, height: height, samples: .bytes(rgb))
  }

  /// What is left of white under one coloured ink and black.
  @inline(__always)
  private static func reflected(ink: UInt8, black: UInt8) -> UInt8 {
    let light = 255 - Int32(black)
    let product = Int32(ink) &* light &+ 128
    return UInt8(truncatingIfNeeded: max(0, light &- (product >> 8 &+ product) >> 8))
  }
}
