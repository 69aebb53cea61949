import TesseraFiles

extension Raster {
  /// Decodes the file at `path`.
  /// - Throws: `FileError` if the file cannot be read, `ImageError` if it is no picture.
  package init(contentsOf path: String, limits: ImageLimits = ImageLimits()) throws {
    let file = try FileContents(path) { _ = try ImageFormat(of: $0, file: path) }
    self = try file.withBytes { try Raster(decoding: $0, file: path, limits: limits) }
  }

  /// Decodes a file in memory, as Pillow 13 does: EXIF's orientation is noted and not applied, no
  /// colour profile is, and of an animation it is the first frame.
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: the name for error messages.
  ///   - limits: what the file may ask for.
  /// - Throws: `ImageError`.
  package init(
    decoding bytes: UnsafeRawBufferPointer, file: String, limits: ImageLimits = ImageLimits()
  ) throws {
    let format = try ImageFormat(of: bytes, file: file)
    let raster =
      switch format {
      case .png: try PNGDecoder(bytes: bytes, file: file).decode(limits)
      case .jpeg: try JPEGDecoder(bytes: bytes, file: file).decode(limits)
      case .webp: try WebPDecoder(bytes: bytes, file: file).decode(limits)
      case .gif: try GIFDecoder(bytes: bytes, file: file).decode(limits)
      case .bmp: try BMPDecoder(bytes: bytes, file: file).decode(limits)
      case .tiff: try TIFFDecoder(bytes: bytes, file: file).decode(limits)
      case .avif: try AVIFDecoder(bytes: bytes, file: file).decode(limits)
      case .jpegXL: try JPEGXLDecoder(bytes: bytes, file: file).decode(limits)
      case .heic: try HEICDecoder(bytes: bytes, file: file).decode(limits)
      }
    self = raster.with(orientation: format == .tiff ? 1 : format.orientation(of: bytes))
  }
}
