/// Alpha, as Pillow applies it before an image is resized and undoes it afterwards.
extension Grid where Sample == UInt8 {
  /// Colours times alpha, rounded; alpha is the last channel.
  func premultiplied() -> Grid {
    mapColours { colour, alpha in
      let product = UInt32(colour) &* UInt32(alpha) &+ 128
      return UInt8(truncatingIfNeeded: (product >> 8 &+ product) >> 8)
    }
  }

  /// Colours divided by alpha, cut off; untouched where alpha is 0 or 255.
  func unpremultiplied() -> Grid {
    mapColours { colour, alpha in
      alpha == 0 || alpha == 255
        ? colour : UInt8(truncatingIfNeeded: min(255, UInt32(colour) &* 255 / UInt32(alpha)))
    }
  }

  @inline(__always)
  private func mapColours(_ transform: (_ colour: UInt8, _ alpha: UInt8) -> UInt8) -> Grid {
    precondition(channels == 2 || channels == 4, "\(channels) channels")
    let mapped = [UInt8](unsafeUninitializedCapacity: samples.count) { out, count in
      samples.withUnsafeBufferPointer { source in
        for alpha in stride(from: channels - 1, to: source.count, by: channels) {
          out[alpha] = source[alpha]
          for distance in 1..<(channels == 2 ? 2 : 4) {
            out[alpha &- distance] = transform(source[alpha &- distance], source[alpha])
          }
        }
      }
      count = samples.count
    }
    return Grid(width: width, height: height, channels: channels, samples: mapped)
  }
}
