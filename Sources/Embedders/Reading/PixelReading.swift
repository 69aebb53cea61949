import TesseraImages

/// What is taken for the picture of a file, where libraries and people see it differently.
public enum PixelReading: String, CaseIterable, Sendable {
  /// What the reference, Pillow in a model's own pipeline, reads: samples as they are stored, alpha
  /// dropped, 16-bit gray cut off at 255, EXIF's orientation passed over.
  case reference
  /// What a viewer shows: turned as EXIF says, 16 bits scaled to 8, transparency over white. Vectors
  /// are then not the reference's for such pictures, and the same for all others but CMYK and
  /// palettes, which are resized in RGB.
  case shown
}

extension Raster {
  func read(as reading: PixelReading) -> Raster { reading == .shown ? shown() : self }
}
