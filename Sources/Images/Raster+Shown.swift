import TesseraFiles

extension Raster {
  /// The picture as a viewer shows it, in RGB: turned as its orientation says, 12 and 16 bits scaled to
  /// 8 (the highest ones), and what is transparent over white. Of 32 bits and floating-point numbers no
  /// file says what is white: they are cut off as the reference does.
  ///
  /// A sample of colour c and alpha a becomes (c·a + 255·(255 − a)) / 255, rounded, as Pillow's
  /// `alpha_composite` has it. Colour profiles are not applied.
  package func shown() -> Raster {
    let upright = turned(as: orientation)
    guard let alpha = upright.alpha else { return upright.eightBit.convertedToRGB() }
    let opaque = upright.eightBit.convertedToRGB()
    guard case .bytes(var rgb) = opaque.samples else { return opaque }
    for (i, alpha) in alpha.enumerated() where alpha < 255 {
      for channel in 0..<3 {
        let sum = UInt32(rgb[i * 3 + channel]) * UInt32(alpha) + 255 * (255 - UInt32(alpha)) + 128
        rgb[i * 3 + channel] = UInt8((sum >> 8 + sum) >> 8)
      }
    }
    return Raster(mode: .rgb, width: upright.width, height: upright.height, samples: .bytes(rgb))
  }

  private var eightBit: Raster {
    guard case .words(let words) = samples else { return self }
    return Raster(
      mode: .gray, width: width, height: height,
      samples: .bytes(words.map { UInt8(truncatingIfNeeded: $0 >> (grayBits - 8)) }))
  }

  /// How opaque each pixel is; nil where all are.
  private var alpha: [UInt8]? {
    switch (mode, samples, transparency) {
    case (.rgba, .bytes(let samples), _), (.grayAlpha, .bytes(let samples), _):
      let step = mode.channelCount
      return stride(from: step - 1, to: samples.count, by: step).map { samples[$0] }
    case (.palette, .bytes(let samples), .entries(let entries)):
      return samples.map { Int($0) < entries.count ? entries[Int($0)] : 255 }
    case (.palette, .bytes(let samples), .index(let index)):
      return samples.map { $0 == index ? 0 : 255 }
    case (.gray, .bytes(let samples), .gray(let key)),
      (.bilevel, .bytes(let samples), .gray(let key)):
      return samples.map { UInt16($0) == key ? 0 : 255 }
    case (.gray16, .words(let samples), .gray(let key)):
      return samples.map { $0 == key ? 0 : 255 }
    case (.rgb, .bytes(let samples), .rgb(let red, let green, let blue)):
      return stride(from: 0, to: samples.count, by: 3).map {
        (samples[$0], samples[$0 + 1], samples[$0 + 2]) == (red, green, blue) ? 0 : 255
      }
    default: return nil
    }
  }
}

/// What a person sees otherwise than a model that was trained on a library's plain reading.
package struct PictureTraits: Equatable, Sendable {
  /// 1 to 8; not 1 where the picture is to be turned.
  package let orientation: Int
  /// Whether gray has 16 bits, of which the reference keeps what is below 256 and makes white of the
  /// rest.
  package let hasSixteenBitGray: Bool

  /// Whether the reference reads the picture otherwise than a person does.
  package var areSeenOtherwise: Bool { orientation != 1 || hasSixteenBitGray }

  /// Reads the beginning of a file.
  ///
  /// - Throws: `FileError`, `ImageError`.
  package init(contentsOf path: String) throws {
    let file = try FileContents(path) { _ = try ImageFormat(of: $0, file: path) }
    self = try file.withBytes { try PictureTraits(of: $0, file: path) }
  }

  /// Reads what stands before the pixels.
  ///
  /// - Throws: `ImageError` where the bytes are no picture.
  package init(of bytes: UnsafeRawBufferPointer, file: String) throws {
    let format = try ImageFormat(of: bytes, file: file)
    // A TIFF's orientation is applied in either reading.
    orientation = format == .tiff ? 1 : format.orientation(of: bytes)
    hasSixteenBitGray =
      format == .png && bytes.count > 25 && bytes[24] == 16 && bytes[25] == 0
  }
}
