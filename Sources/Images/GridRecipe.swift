/// How LLaVA-NeXT and LLaVA-OneVision read a picture ("AnyRes"): as a whole in one tile, and then cut
/// into tiles, on a canvas of that of some sizes which suits it best.
///
/// The samples are those of transformers' processors on Pillow; those on torchvision differ.
package struct GridRecipe: Equatable, Sendable {
  /// Of a tile.
  package let side: Int
  /// What a canvas may be, the first ones preferred.
  package let canvases: [PixelSize]
  private let filter: ResampleFilter
  /// Around a picture that is made square.
  private let background: [UInt8]
  package let normalization: Normalization

  /// - Parameter canvases: where the file names none.
  /// - Throws: `RecipeError` naming file, key and value.
  package init(
    _ config: PreprocessorConfig, _ processor: PictureProcessor, canvases: [PixelSize]
  ) throws {
    try config.check(processor)
    guard try config.bool("do_resize") ?? true else {
      throw config.unsupported("do_resize", expected: "true")
    }
    side = try Self.side(config, processor)
    let square = PixelSize(width: side, height: side)
    let isCropping =
      try config.isNull("do_center_crop")
      ? false : config.bool("do_center_crop") ?? (processor.crop != nil)
    // Of a tile nothing is left to cut off.
    if isCropping {
      guard try config.cropSize() ?? processor.crop == square else {
        throw config.unsupported("crop_size", expected: "\(side) × \(side), as size")
      }
    }
    self.canvases = try config.sizes("image_grid_pinpoints") ?? canvases
    guard
      self.canvases.allSatisfy({ [side] in
        $0.width.isMultiple(of: side) && $0.height.isMultiple(of: side)
      })
    else {
      throw config.unsupported("image_grid_pinpoints", expected: "multiples of \(side)")
    }
    filter = try config.filter() ?? processor.filter
    background = try (config.channels("image_mean") ?? processor.mean).map {
      UInt8(clamping: Int($0 * 255))
    }
    normalization = try config.normalization(processor)
  }

  private static func side(
    _ config: PreprocessorConfig, _ processor: PictureProcessor
  ) throws -> Int {
    switch try config.resizing(processor) {
    case .shorterSide(let side): return side
    case .exactly(let size) where size.width == size.height: return size.width
    case .exactly, .patches:
      throw config.unsupported("size", expected: "as many pixels wide as high")
    }
  }

  /// The whole picture, then its tiles row by row.
  package func callAsFunction(_ picture: Raster) -> TiledPicture {
    let rgb = picture.convertedToRGB()
    let canvas = canvas(for: rgb.size)
    let padded = rgb.resized(to: rgb.size.fitted(into: canvas), filter)
      .centred(on: canvas, [0, 0, 0])
    return TiledPicture(
      tiles: whole(rgb) + padded.cut(side: side), rows: canvas.height / side,
      columns: canvas.width / side, originalSize: picture.size)
  }

  /// One tile, in which the picture keeps its proportions.
  package func uncut(_ picture: Raster) -> TiledPicture {
    let rgb = picture.convertedToRGB()
    let longest = max(rgb.width, rgb.height)
    let square = rgb.centred(on: PixelSize(width: longest, height: longest), background)
    return TiledPicture(tiles: whole(square), rows: 0, columns: 0, originalSize: picture.size)
  }

  private func whole(_ rgb: Raster) -> [Pixels] {
    rgb.resized(to: PixelSize(width: side, height: side), filter).cut(side: side)
  }

  /// The canvas on which most of a picture's pixels remain; of several, the smallest.
  package func canvas(for size: PixelSize) -> PixelSize {
    var best = (canvas: canvases[0], kept: 0, wasted: Int.max)
    for canvas in canvases {
      let scale = min(
        Double(canvas.width) / Double(size.width), Double(canvas.height) / Double(size.height))
      let scaled = Int(Double(size.width) * scale) * Int(Double(size.height) * scale)
      let kept = min(scaled, size.width * size.height)
      let wasted = canvas.width * canvas.height - kept
      if kept > best.kept || (kept == best.kept && wasted < best.wasted) {
        best = (canvas, kept, wasted)
      }
    }
    return best.canvas
  }
}

extension PixelSize {
  /// As large as fits, in the same proportions.
  fileprivate func fitted(into canvas: PixelSize) -> PixelSize {
    let across = Double(canvas.width) / Double(width)
    let down = Double(canvas.height) / Double(height)
    func length(_ length: Int, _ scale: Double) -> Int {
      Int((Double(length) * scale).rounded(.up))
    }
    return across < down
      ? PixelSize(width: canvas.width, height: min(length(height, across), canvas.height))
      : PixelSize(width: min(length(width, down), canvas.width), height: canvas.height)
  }
}
