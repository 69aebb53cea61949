import CTesseraImageCodecs

/// How a TIFF file stores its pixels, as far as it is read here.
struct TIFFLayout {
  let width: Int
  let height: Int
  /// Of a sample.
  let bits: Int
  let colours: Colours
  /// Whether 0 is white.
  let isInverted: Bool
  /// Samples of a pixel as they are stored, those that are passed over included.
  let storedSamples: Int
  let isPlanar: Bool
  let kind: SampleKind
  /// Whether the colours are multiplied with the alpha.
  let isPremultiplied: Bool
  /// 1 to 8, as in EXIF.
  let orientation: Int

  enum Colours: Int {
    case gray, grayAlpha, palette, rgb, rgba, cmyk

    /// Of a pixel.
    var sampleCount: Int {
      switch self {
      case .gray, .palette: 1
      case .grayAlpha: 2
      case .rgb: 3
      case .rgba, .cmyk: 4
      }
    }
  }

  /// What a sample's bits are.
  enum SampleKind { case unsigned, signed, floatingPoint }

  /// - Throws: `ImageError` that names what is not read.
  init(_ tiff: OpaquePointer, file: String) throws {
    func short(_ tag: Int32, _ otherwise: UInt16) -> Int {
      Int(tessera_tiff_short(tiff, UInt32(tag), otherwise))
    }
    width = Int(tessera_tiff_long(tiff, UInt32(TIFFTAG_IMAGEWIDTH)))
    height = Int(tessera_tiff_long(tiff, UInt32(TIFFTAG_IMAGELENGTH)))
    guard width > 0, height > 0 else {
      throw ImageError.corrupt(
        file: file, format: .tiff, reason: "a size of \(width)×\(height) pixels")
    }
    bits = short(TIFFTAG_BITSPERSAMPLE, 1)
    storedSamples = short(TIFFTAG_SAMPLESPERPIXEL, 1)
    isPlanar = short(TIFFTAG_PLANARCONFIG, 1) == PLANARCONFIG_SEPARATE
    let orientation = short(TIFFTAG_ORIENTATION, 1)
    self.orientation = (1...8).contains(orientation) ? orientation : 1
    let photometric = Int32(short(TIFFTAG_PHOTOMETRIC, 0))
    let format = Int32(short(TIFFTAG_SAMPLEFORMAT, 1))
    kind = try Self.kind(format, file)
    var meanings: UnsafePointer<UInt16>?
    let extraCount = Int(tessera_tiff_extra_samples(tiff, &meanings))
    let first = extraCount > 0 ? meanings.map { Int32($0[0]) } : nil
    isPremultiplied = first == EXTRASAMPLE_ASSOCALPHA
    let hasAlpha = isPremultiplied || first == EXTRASAMPLE_UNASSALPHA
    // Inversion is Pillow's too for all but 16 bits.
    isInverted = photometric == PHOTOMETRIC_MINISWHITE && bits <= 8
    let isJPEG = short(TIFFTAG_COMPRESSION, 1) == COMPRESSION_JPEG && !isPlanar
    colours = try Self.colours(
      photometric, samples: storedSamples, ofThemFurther: extraCount, hasAlpha: hasAlpha,
      isJPEG: isJPEG, file)
    if photometric == PHOTOMETRIC_YCBCR { tessera_tiff_jpeg_as_rgb(tiff) }
    if isPremultiplied, colours != .rgba {
      throw Self.unsupported(file, "alpha of its own", "alpha that the gray is multiplied with")
    }
    let possible = Self.possibleBits(
      colours, kind, isBlackZero: photometric == PHOTOMETRIC_MINISBLACK,
      isLittleEndian: TIFFIsBigEndian(tiff) == 0)
    guard possible.contains(bits) else {
      throw Self.unsupported(
        file, possible.isEmpty ? "unsigned whole numbers" : "samples of \(possible) bits",
        possible.isEmpty ? "samples of format \(format)" : "\(bits)")
    }
  }

  private static func unsupported(_ file: String, _ expected: String, _ found: String) -> ImageError
  {
    .unsupported(file: file, format: .tiff, expected: expected, found: found)
  }

  private static func kind(_ format: Int32, _ file: String) throws -> SampleKind {
    switch format {
    case SAMPLEFORMAT_UINT: .unsigned
    case SAMPLEFORMAT_INT: .signed
    case SAMPLEFORMAT_IEEEFP: .floatingPoint
    default:
      throw unsupported(file, "whole or floating-point numbers", "samples of format \(format)")
    }
  }

  /// - Parameters:
  ///   - further: samples that are no colours.
  ///   - isJPEG: whether its decoder makes RGB of what it stores.
  private static func colours(
    _ photometric: Int32, samples: Int, ofThemFurther further: Int, hasAlpha: Bool, isJPEG: Bool,
    _ file: String
  ) throws -> Colours {
    switch (photometric, samples - further) {
    case (PHOTOMETRIC_MINISWHITE, 1), (PHOTOMETRIC_MINISBLACK, 1): hasAlpha ? .grayAlpha : .gray
    case (PHOTOMETRIC_PALETTE, 1) where !hasAlpha: .palette
    case (PHOTOMETRIC_RGB, 3): hasAlpha ? .rgba : .rgb
    case (PHOTOMETRIC_RGB, 4): .rgba
    case (PHOTOMETRIC_SEPARATED, 4): .cmyk
    case (PHOTOMETRIC_YCBCR, 3) where isJPEG: .rgb
    case (PHOTOMETRIC_CIELAB, _), (PHOTOMETRIC_ICCLAB, _), (PHOTOMETRIC_ITULAB, _):
      // Pillow hands these to a library of colour management.
      throw unsupported(file, "gray, a palette, RGB or CMYK", "CIELab colours")
    default:
      throw unsupported(
        file, "gray, a palette, RGB or CMYK",
        "photometric interpretation \(photometric) with \(samples) samples")
    }
  }

  /// Bits of a sample that are read; Pillow knows some kinds in one order of bytes alone.
  private static func possibleBits(
    _ colours: Colours, _ kind: SampleKind, isBlackZero: Bool, isLittleEndian: Bool
  ) -> [Int] {
    switch (colours, kind) {
    case (.gray, .unsigned): [1, 2, 4, 8, 16] + (isBlackZero && isLittleEndian ? [12, 32] : [])
    case (.gray, .signed): isBlackZero ? [8, 16, 32] : []
    case (.gray, .floatingPoint): [32]
    case (.palette, .unsigned): [1, 2, 4, 8]
    case (.rgb, .unsigned), (.rgba, .unsigned), (.cmyk, .unsigned): [8, 16]
    case (.grayAlpha, .unsigned): [8]
    default: []
    }
  }
}
