/// What a recipe leaves of an image: red, green and blue bytes, as [height, width, 3].
package struct Pixels: Equatable, Sendable {
  package let width: Int
  package let height: Int
  package let rgb: [UInt8]

  /// - Precondition: `rgb` holds 3 · width · height bytes.
  package init(width: Int, height: Int, rgb: [UInt8]) {
    precondition(
      rgb.count == width * height * 3, "\(rgb.count) bytes for \(width)×\(height) RGB pixels")
    self.width = width
    self.height = height
    self.rgb = rgb
  }

  /// The pixels of `raster`, converted, at `column` and `row` of a larger black picture.
  init(_ raster: Raster, atColumn column: Int, row: Int, of size: PixelSize) {
    var rgb = [UInt8](repeating: 0, count: size.width * size.height * 3)
    let converted = raster.convertedToRGB()
    if let grid = converted.byteGrid {
      let rowCount = grid.width * 3
      for y in 0..<grid.height {
        let target = ((row + y) * size.width + column) * 3
        rgb.replaceSubrange(
          target..<target + rowCount, with: grid.samples[y * rowCount..<(y + 1) * rowCount])
      }
    }
    self.init(width: size.width, height: size.height, rgb: rgb)
  }
}
