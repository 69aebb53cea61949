import TesseraImages

/// A small picture as a page can hold it, upright.
enum Thumbnail {
  /// A `data:` URL of a PNG whose longer side has so many pixels at most; nil where the file is no
  /// picture.
  static func url(of path: String, pixels: Int) -> String? {
    guard let raster = try? Raster(contentsOf: path).shown() else { return nil }
    let scale = min(1, Double(pixels) / Double(max(raster.width, raster.height)))
    let size = PixelSize(
      width: max(1, Int(Double(raster.width) * scale)),
      height: max(1, Int(Double(raster.height) * scale)))
    let small =
      raster
      .resized(to: size, filter: .bicubic, window: PixelWindow(all: size))
    guard case .bytes(let rgb) = small.samples,
      let png = try? Pixels(width: size.width, height: size.height, rgb: rgb).png()
    else { return nil }
    return "data:image/png;base64,\(png.base64EncodedString())"
  }
}
