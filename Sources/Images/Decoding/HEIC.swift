import CTesseraPictureLibraries

/// Decodes HEIC files by libheif, if the system has it, as pillow-heif does: its own red, green and blue,
/// turned and cut as the file says.
struct HEICDecoder {
  let bytes: UnsafeRawBufferPointer
  let file: String

  func decode(_ limits: ImageLimits) throws -> Raster {
    guard tessera_heif_is_there() != 0 else {
      throw ImageError.noLibrary(file: file, format: .heic, library: "libheif")
    }
    var picture = tessera_heif_picture()
    defer { tessera_heif_close(&picture) }
    try check(tessera_heif_open(&picture, bytes.baseAddress, bytes.count))
    try limits.check(
      width: Int(tessera_heif_width(&picture)), height: Int(tessera_heif_height(&picture)),
      of: file)
    let hasAlpha = tessera_heif_has_alpha(&picture)
    try check(tessera_heif_decode(&picture, hasAlpha))
    var (rowBytes, width, height) = (CInt(0), CInt(0), CInt(0))
    guard let samples = tessera_heif_samples(&picture, &rowBytes, &width, &height) else {
      throw ImageError.corrupt(file: file, format: .heic, reason: "no picture")
    }
    try limits.check(width: Int(width), height: Int(height), of: file)
    let count = Int(width) * (hasAlpha == 0 ? 3 : 4)
    let rows = (0..<Int(height)).flatMap { row in
      UnsafeBufferPointer(start: samples + row * Int(rowBytes), count: count)
    }
    return Raster(
      mode: hasAlpha == 0 ? .rgb : .rgba, width: Int(width), height: Int(height),
      samples: .bytes(rows))
  }

  private func check(_ reason: UnsafePointer<CChar>?) throws {
    guard let reason else { return }
    throw ImageError.corrupt(file: file, format: .heic, reason: String(cString: reason))
  }
}
