import TesseraFiles

extension Raster {
  /// Decodes the file at `path`.
  /// - Throws: `FileError` if the file cannot be read, `ImageError` if it is no picture.
  package init(contentsOf path: String, limits: ImageLimits = ImageLimits()) throws {
    let file = try MappedFile(path)
    self = try withExtendedLifetime(file) {
      try Raster(decoding: file.bytes, file: path, limits: limits)
    }
  }

  /// Decodes a PNG, JPEG or WebP file in memory, as Pillow 13 does: no EXIF orientation, no colour
  /// profile, the first frame of an animation.
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: the name for error messages.
  ///   - limits: what the file may ask for.
  /// - Throws: `ImageError`.
  package init(
    decoding bytes: UnsafeRawBufferPointer, file: String, limits: ImageLimits = ImageLimits()
  ) throws {
    switch try ImageFormat(of: bytes, file: file) {
    case .png: self = try PNGDecoder(bytes: bytes, file: file).decode(limits)
    case .jpeg: self = try JPEGDecoder(bytes: bytes, file: file).decode(limits)
    case .webp: self = try WebPDecoder(bytes: bytes, file: file).decode(limits)
    }
  }
}
