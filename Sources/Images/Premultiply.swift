/// Alpha, as Pillow applies it before an image is resized and undoes it afterwards.
extension Grid where Sample == UInt8 {
  /// Colours times alpha, rounded; alpha is the last channel.
  func premultiplied() -> Grid {
    mapColours { colour, alpha in
      let product = UInt32(colour) * UInt32(alpha) + 128
      return UInt8(truncatingIfNeeded: (product >> 8 + product) >> 8)
    }
  }

  /// Colours divided by alpha, cut off; untouched where alpha is 0 or 255.
  func unpremultiplied() -> Grid {
    mapColours { colour, alpha in
      alpha == 0 || alpha == 255
        ? colour : UInt8(min(255, UInt32(colour) * 255 / UInt32(alpha)))
    }
  }

  private func mapColours(_ transform: (UInt8, UInt8) -> UInt8) -> Grid {
    map(channels: channels) { (source, out: inout UnsafeMutableBufferPointer<UInt8>) in
      for pixel in stride(from: 0, to: source.count, by: channels) {
        let alpha = source[pixel + channels - 1]
        for i in pixel..<pixel + channels - 1 { out[i] = transform(source[i], alpha) }
        out[pixel + channels - 1] = alpha
      }
    }
  }
}
