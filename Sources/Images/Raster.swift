/// A decoded picture in the mode of its file.
///
/// Pictures keep their own mode until they are resized, because the mode decides how Pillow, the
/// reference, resizes them: a palette image by nearest neighbour, an image with alpha premultiplied,
/// a CMYK image as CMYK.
package struct Raster: Equatable, Sendable {
  package let mode: Mode
  package let width: Int
  package let height: Int
  /// Row by row, the channels of a pixel side by side.
  package let samples: Samples
  /// 256 entries of red, green, blue in mode `palette`; empty in every other mode.
  package let palette: [UInt8]
  /// Which pixels are not opaque, where the samples do not say it themselves. The reference reading
  /// passes over it.
  package let transparency: Transparency?
  /// How the picture is to be turned, 1 to 8 as in EXIF. The reference reading passes over it.
  package let orientation: Int
  /// Of each sample in mode `gray16`: where white is. The reference reading passes over it.
  package let grayBits: Int

  package enum Transparency: Equatable, Sendable {
    /// The alpha of the palette's first entries; the others are opaque.
    case entries([UInt8])
    /// One entry of the palette.
    case index(UInt8)
    /// One shade of gray.
    case gray(UInt16)
    case rgb(UInt8, UInt8, UInt8)
  }

  /// Pillow's image modes, as far as the formats that are read lead to them.
  package enum Mode: String, CaseIterable, Sendable {
    /// One sample, 0 or 255.
    case bilevel = "1"
    case gray = "L"
    case grayAlpha = "LA"
    /// One sample, an index into the palette.
    case palette = "P"
    case rgb = "RGB"
    case rgba = "RGBA"
    /// One 16-bit sample.
    case gray16 = "I;16"
    /// One 32-bit sample.
    case gray32 = "I"
    /// One floating-point sample, as a rule from 0 to 255 too.
    case grayFloat = "F"
    /// Amounts of ink: 0 is none.
    case cmyk = "CMYK"

    package var channelCount: Int {
      switch self {
      case .bilevel, .gray, .palette, .gray16, .gray32, .grayFloat: 1
      case .grayAlpha: 2
      case .rgb: 3
      case .rgba, .cmyk: 4
      }
    }
  }

  package enum Samples: Equatable, Sendable {
    case bytes([UInt8])
    /// Only mode `gray16` has these.
    case words([UInt16])
    /// Only mode `gray32` has these.
    case integers([Int32])
    /// Only mode `grayFloat` has these.
    case floats([Float])

    package var count: Int {
      switch self {
      case .bytes(let samples): samples.count
      case .words(let samples): samples.count
      case .integers(let samples): samples.count
      case .floats(let samples): samples.count
      }
    }

    fileprivate func suit(_ mode: Mode) -> Bool {
      switch self {
      case .bytes: ![.gray16, .gray32, .grayFloat].contains(mode)
      case .words: mode == .gray16
      case .integers: mode == .gray32
      case .floats: mode == .grayFloat
      }
    }
  }

  /// - Precondition: the samples fill width × height pixels and suit the mode.
  package init(
    mode: Mode, width: Int, height: Int, samples: Samples, palette: [UInt8] = [],
    transparency: Transparency? = nil, orientation: Int = 1, grayBits: Int = 16
  ) {
    precondition(
      width > 0 && height > 0 && samples.count == width * height * mode.channelCount,
      "\(samples.count) samples for \(width)×\(height) pixels of mode \(mode.rawValue)")
    precondition(
      palette.count == (mode == .palette ? 768 : 0),
      "\(palette.count) palette bytes in mode \(mode.rawValue)")
    precondition(samples.suit(mode), "samples of another width in mode \(mode.rawValue)")
    self.mode = mode
    self.width = width
    self.height = height
    self.samples = samples
    self.palette = palette
    self.transparency = transparency
    self.orientation = orientation
    self.grayBits = grayBits
  }

  /// The same picture with what its file says beside the pixels.
  func with(transparency: Transparency? = nil, orientation: Int) -> Raster {
    Raster(
      mode: mode, width: width, height: height, samples: samples, palette: palette,
      transparency: transparency ?? self.transparency, orientation: orientation,
      grayBits: grayBits)
  }

  package var size: PixelSize { PixelSize(width: width, height: height) }
}

package struct PixelSize: Equatable, Sendable {
  package let width: Int
  package let height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }
}

/// A rectangle of pixels.
package struct PixelWindow: Equatable, Sendable {
  package let columns: Range<Int>
  package let rows: Range<Int>

  package init(columns: Range<Int>, rows: Range<Int>) {
    self.columns = columns
    self.rows = rows
  }

  package init(all size: PixelSize) {
    self.init(columns: 0..<size.width, rows: 0..<size.height)
  }
}
