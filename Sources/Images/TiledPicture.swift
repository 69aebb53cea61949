/// A picture as tiles of one size.
package struct TiledPicture: Equatable, Sendable {
  /// Tiles in the order in which a model reads them, each as many pixels wide as high.
  package let tiles: [Pixels]
  /// Rows and columns that the picture was cut into, beside which it stands once more as a whole;
  /// both 0 where it was not cut.
  package let rows: Int
  package let columns: Int
  /// Of the picture that was given.
  package let originalSize: PixelSize

  init(tiles: [Pixels], rows: Int, columns: Int, originalSize: PixelSize) {
    self.tiles = tiles
    self.rows = rows
    self.columns = columns
    self.originalSize = originalSize
  }

  /// A picture that is one tile.
  package init(whole tile: Pixels, originalSize: PixelSize) {
    self.init(tiles: [tile], rows: 0, columns: 0, originalSize: originalSize)
  }
}

extension Raster {
  /// The picture as Pillow resizes it; one of this size stays as it is.
  func resized(to size: PixelSize, _ filter: ResampleFilter) -> Raster {
    resized(to: size, filter: filter, window: PixelWindow(all: size))
  }

  /// Cut into squares, row by row.
  ///
  /// - Precondition: both sides are multiples of `side`.
  func cut(side: Int) -> [Pixels] {
    precondition(
      width.isMultiple(of: side) && height.isMultiple(of: side), "\(width)×\(height) by \(side)")
    let square = PixelSize(width: side, height: side)
    return stride(from: 0, to: height, by: side).flatMap { row in
      stride(from: 0, to: width, by: side).map { column in
        let window = PixelWindow(columns: column..<column + side, rows: row..<row + side)
        return Pixels(cropped(to: window), atColumn: 0, row: 0, of: square)
      }
    }
  }

  /// In the middle of a larger canvas of one colour; an odd pixel is left at the end.
  ///
  /// - Precondition: in RGB, and no larger than the canvas.
  func centred(on canvas: PixelSize, _ colour: [UInt8]) -> Raster {
    precondition(width <= canvas.width && height <= canvas.height, "\(size) on \(canvas)")
    guard canvas != size, let grid = byteGrid else { return self }
    let (left, top) = ((canvas.width - width) / 2, (canvas.height - height) / 2)
    var samples = Array(
      repeatElement(colour, count: canvas.width * canvas.height).joined())
    for row in 0..<height {
      let start = ((top + row) * canvas.width + left) * 3
      samples.replaceSubrange(
        start..<start + width * 3, with: grid.samples[row * width * 3..<(row + 1) * width * 3])
    }
    return with(
      Grid(width: canvas.width, height: canvas.height, channels: 3, samples: samples))
  }
}
