/// How LLaVA-NeXT and LLaVA-OneVision read a picture ("AnyRes"): as a whole in one tile, and then cut
/// into tiles, on a canvas of that of some sizes which it fills best.
///
/// The samples are those of transformers' processors on Pillow.
package struct GridRecipe: Equatable, Sendable {
  /// Of a tile.
  package let side: Int
  /// What a canvas may be, the first ones preferred.
  package let canvases: [PixelSize]
  private let filter: ResampleFilter
  /// Around a picture that is made square.
  private let background: [UInt8]
  package let normalization: Normalization

  package static let llavaNextCanvases = [(1, 2), (2, 1), (2, 2), (3, 1), (1, 3)].map {
    PixelSize(width: 336 * $0.1, height: 336 * $0.0)
  }

  package static let llavaOneVisionCanvases = (1...6).flatMap { height in
    (1...6).map { PixelSize(width: 384 * $0, height: 384 * height) }
  }

  /// - Parameter canvases: where the file names none.
  /// - Throws: `RecipeError` naming file, key and value.
  package init(
    _ config: PreprocessorConfig, _ processor: PictureProcessor, canvases: [PixelSize]
  ) throws {
    try config.check(processor)
    let size = try config.resizing(isNumberSquare: false) ?? processor.resizing
    let side =
      switch size {
      case .shorterSide(let side): side
      case .exactly(let size): size.width
      }
    let square = PixelSize(width: side, height: side)
    if case .exactly(let size) = size, size != square {
      throw config.unsupported("size", expected: "as many pixels wide as high")
    }
    guard try config.bool("do_resize") ?? true else {
      throw config.unsupported("do_resize", expected: "true")
    }
    let hasCrop =
      try config.isNull("do_center_crop")
      ? false : config.bool("do_center_crop") ?? (processor.crop != nil)
    if hasCrop {
      guard try config.cropSize() ?? processor.crop == square else {
        throw config.unsupported("crop_size", expected: "\(side) × \(side), as size")
      }
    }
    self.side = side
    self.canvases = try config.sizes("image_grid_pinpoints") ?? canvases
    guard
      self.canvases.allSatisfy({
        $0.width.isMultiple(of: side) && $0.height.isMultiple(of: side)
      })
    else {
      throw config.unsupported("image_grid_pinpoints", expected: "multiples of \(side)")
    }
    filter = try config.filter() ?? processor.filter
    let mean = try config.channels("image_mean") ?? processor.mean
    background = mean.map { UInt8(clamping: Int($0 * 255)) }
    normalization = try config.normalization(processor)
  }

  /// - Parameter isCut: otherwise the picture is one tile, of which it keeps its proportions.
  package func callAsFunction(_ picture: Raster, isCut: Bool) -> TiledPicture {
    let rgb = picture.convertedToRGB()
    let square = PixelSize(width: side, height: side)
    guard isCut else {
      let longest = max(rgb.width, rgb.height)
      let padded = rgb.centred(on: PixelSize(width: longest, height: longest), background)
      return TiledPicture(
        tiles: padded.resized(to: square, filter).cut(side: side), rows: 0, columns: 0,
        originalSize: picture.size)
    }
    let canvas = canvas(for: rgb.size)
    let padded = rgb.resized(to: rgb.size.fitted(into: canvas), filter).centred(
      on: canvas, [0, 0, 0])
    return TiledPicture(
      tiles: rgb.resized(to: square, filter).cut(side: side) + padded.cut(side: side),
      rows: canvas.height / side, columns: canvas.width / side, originalSize: picture.size)
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
    let (across, down) = (
      Double(canvas.width) / Double(width), Double(canvas.height) / Double(height)
    )
    func length(_ length: Int, _ scale: Double) -> Int {
      Int((Double(length) * scale).rounded(.up))
    }
    return across < down
      ? PixelSize(width: canvas.width, height: min(length(height, across), canvas.height))
      : PixelSize(width: min(length(width, down), canvas.width), height: canvas.height)
  }
}
