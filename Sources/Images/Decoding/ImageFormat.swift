/// A format that is decoded here, told by a file's first bytes and never by its name.
package enum ImageFormat: String, CaseIterable, Sendable {
  case png = "PNG"
  case jpeg = "JPEG"
  case webp = "WebP"
  case gif = "GIF"
  case bmp = "BMP"
  case tiff = "TIFF"
  case avif = "AVIF"
  case heic = "HEIC"
  case jpegXL = "JPEG XL"

  /// Endings of files of these formats, by which pictures are found in folders.
  package static let endings: Set = [
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "dib", "tif", "tiff", "avif", "heic",
    "heif", "hif", "jxl",
  ]

  private static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// - Throws: `ImageError` that names what the file seems to be instead.
  package init(of bytes: UnsafeRawBufferPointer, file: String) throws {
    guard !bytes.isEmpty else { throw ImageError.empty(file: file) }
    if bytes.starts(with: Self.pngSignature) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
      self = .webp
    } else if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
      self = .gif
    } else if bytes.starts(with: "BM".utf8) {
      self = .bmp
    } else if [
      [0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A], [0x49, 0x49, 0x2B, 0], [0x4D, 0x4D, 0, 0x2B],
    ]
    .contains(where: bytes.starts) {
      self = .tiff
    } else if [[0xFF, 0x0A], [0, 0, 0, 0x0C] + Array("JXL ".utf8)].contains(where: bytes.starts) {
      self = .jpegXL
    } else if let format = Self.ofBoxes(bytes) {
      self = format
    } else if let format = Self.beginning(with: bytes) {
      throw ImageError.truncated(file: file, format: format, byteCount: bytes.count)
    } else if let found = Self.nameOfOtherFormat(bytes) {
      throw ImageError.unsupportedFormat(file: file, found: found)
    } else {
      throw ImageError.notAnImage(file: file)
    }
  }

  /// The format whose signature the whole file is a part of.
  private static func beginning(with bytes: UnsafeRawBufferPointer) -> ImageFormat? {
    if bytes.count >= 2, pngSignature.starts(with: bytes) { return .png }
    if bytes.elementsEqual([0xFF, 0xD8]) { return .jpeg }
    if bytes.count < 12, bytes.count >= 4, bytes.starts(with: "RIFF".utf8),
      "WEBP".utf8.starts(with: bytes.dropFirst(8))
    {
      return .webp
    }
    return nil
  }

  /// What the brands of a file of boxes say; nil for videos.
  private static func ofBoxes(_ bytes: UnsafeRawBufferPointer) -> ImageFormat? {
    for brand in ISOBoxes(bytes: bytes).brands {
      switch brand {
      case "avif", "avis": return .avif
      case "heic", "heix", "hevc", "hevx", "heim", "heis": return .heic
      default: continue
      }
    }
    return nil
  }

  /// A file of one of these formats is a likely mistake, and deserves its name in the message.
  private static func nameOfOtherFormat(_ bytes: UnsafeRawBufferPointer) -> String? {
    for (signature, name) in signatures where bytes.starts(with: signature) { return name }
    if bytes.dropFirst(4).starts(with: "ftyp".utf8) { return "an MP4 or a related video" }
    if bytes.starts(with: "RIFF".utf8) { return "a RIFF file other than WebP" }
    return nameOfText(bytes)
  }

  private static let signatures: [([UInt8], String)] = [
    ([0x00, 0x00, 0x00, 0x0C] + Array("jP  ".utf8), "a JPEG 2000"),
    ([0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000"),
    ([0x00, 0x00, 0x01, 0x00], "an icon file (ICO)"),
    (Array("8BPS".utf8), "a Photoshop file"),
    (Array("qoif".utf8), "a QOI"),
    (Array("DDS ".utf8), "a DDS"),
    (Array("P5\n".utf8), "a PGM"),
    (Array("P6\n".utf8), "a PPM"),
    (Array("%PDF".utf8), "a PDF"),
    (Array("%!PS".utf8), "a PostScript file"),
    (Array("PK\u{3}\u{4}".utf8), "a ZIP archive"),
    ([0x1F, 0x8B], "a gzip archive"),
    ([0x1A, 0x45, 0xDF, 0xA3], "a Matroska or WebM video"),
  ]

  private static func nameOfText(_ bytes: UnsafeRawBufferPointer) -> String? {
    let head = bytes.prefix(1024)
    // A scalar may be cut at the end of the head, hence no strict validation.
    guard head.allSatisfy({ $0 >= 0x20 || (0x09...0x0D).contains($0) }) else { return nil }
    let text = String(decoding: head, as: UTF8.self)
    guard !text.dropLast(3).contains("\u{FFFD}") else { return nil }
    let lowercase = text.lowercased()
    if lowercase.contains("<svg") { return "an SVG" }
    if lowercase.contains("<html") || lowercase.contains("<!doctype html") {
      return "an HTML page"
    }
    if text.hasPrefix("version https://git-lfs") {
      return "a Git LFS pointer in place of the file"
    }
    return "a text file"
  }
}

extension ImageFormat {
  /// How a picture of this format is to be turned, as its EXIF block says; 1 where none does.
  func orientation(of bytes: UnsafeRawBufferPointer) -> Int {
    let exif: UnsafeRawBufferPointer? =
      switch self {
      case .png: PNGChunks.find("eXIf", in: bytes)
      case .jpeg: JPEGHeader.exif(in: bytes)
      case .webp: WebPDecoder.exif(in: bytes)
      case .tiff: bytes
      case .avif, .heic, .jpegXL, .gif, .bmp: nil
      }
    // Pillow takes what the boxes say for AVIF, whatever its EXIF block does.
    if self == .avif { return ISOBoxes(bytes: bytes).orientation }
    return exif.flatMap(Orientation.read) ?? 1
  }
}
