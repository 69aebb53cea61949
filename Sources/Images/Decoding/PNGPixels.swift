/// The pixels of a PNG file as it stores them: samples of 1 to 16 bits, rows on whole bytes.
///
/// 16-bit samples are in the machine's byte order.
struct PNGPixels {
  let width: Int
  let height: Int
  /// Bits a sample.
  let depth: UInt8
  let bytes: [UInt8]

  func gray() -> Raster {
    switch depth {
    case 16:
      let words = bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) }
      return Raster(mode: .gray16, width: width, height: height, samples: .words(words))
    case 8: return raster(.gray, bytes)
    case 1: return raster(.bilevel, unpacked(scale: 255))
    // To the full range: 85 and 17 times.
    default: return raster(.gray, unpacked(scale: 255 / (1 << depth - 1)))
    }
  }

  /// Pillow has no 16-bit mode with alpha, and widens those to RGBA.
  func grayAlpha() -> Raster {
    guard depth == 16 else { return raster(.grayAlpha, bytes) }
    let high = highBytes()
    let rgba = [UInt8](unsafeUninitializedCapacity: high.count * 2) { out, count in
      for i in 0..<width * height {
        for channel in 0..<3 { out[i * 4 + channel] = high[i * 2] }
        out[i * 4 + 3] = high[i * 2 + 1]
      }
      count = high.count * 2
    }
    return raster(.rgba, rgba)
  }

  func indexed(palette: [UInt8]) -> Raster {
    Raster(
      mode: .palette, width: width, height: height,
      samples: .bytes(depth == 8 ? bytes : unpacked(scale: 1)), palette: palette)
  }

  func interleaved(_ mode: Raster.Mode) -> Raster {
    raster(mode, depth == 16 ? highBytes() : bytes)
  }

  private func raster(_ mode: Raster.Mode, _ samples: [UInt8]) -> Raster {
    Raster(mode: mode, width: width, height: height, samples: .bytes(samples))
  }

  /// Samples of 1, 2 or 4 bits, the first in the highest bits, times `scale`.
  private func unpacked(scale: UInt8) -> [UInt8] {
    let depth = Int(depth)
    let mask = UInt8(1 << depth - 1)
    let rowByteCount = (width * depth + 7) / 8
    return [UInt8](unsafeUninitializedCapacity: width * height) { out, count in
      for row in 0..<height {
        for column in 0..<width {
          let bit = column * depth
          let byte = bytes[row * rowByteCount + bit >> 3]
          out[row * width + column] = (byte >> UInt8(8 - depth - bit & 7) & mask) * scale
        }
      }
      count = width * height
    }
  }

  private func highBytes() -> [UInt8] {
    bytes.withUnsafeBytes { $0.bindMemory(to: UInt16.self).map { UInt8($0 >> 8) } }
  }
}
