extension Raster {
  /// The part within `window` of this image resized to `size`, in the same mode, with the samples
  /// that Pillow 13's `resize` and `crop` give.
  ///
  /// - Precondition: `window` is not empty and lies within `size`.
  package func resized(
    to size: PixelSize, filter: ResampleFilter, window: PixelWindow
  ) -> Raster {
    precondition(
      !window.columns.isEmpty && !window.rows.isEmpty
        && window.columns.lowerBound >= 0 && window.columns.upperBound <= size.width
        && window.rows.lowerBound >= 0 && window.rows.upperBound <= size.height,
      "columns \(window.columns) and rows \(window.rows) of \(size.width)×\(size.height)")
    if size == self.size { return cropped(to: window) }
    switch samples {
    case .words(let words): return with(wide(words, to: size, filter, window))
    case .integers(let integers): return with(wide(integers, to: size, filter, window))
    case .floats(let floats): return with(wide(floats, to: size, filter, window))
    case .bytes(let bytes):
      let grid = Grid(width: width, height: height, channels: mode.channelCount, samples: bytes)
      // Indices and bits cannot be averaged.
      if filter == .nearest || mode == .palette || mode == .bilevel {
        return with(NearestNeighbour.resample(grid, to: size, window: window))
      }
      // Colours under transparent pixels must not bleed into their neighbours.
      let hasAlpha = mode == .grayAlpha || mode == .rgba
      let resized = Resample<FixedPointArithmetic>.resample(
        hasAlpha ? grid.premultiplied() : grid, to: size, filter: filter, window: window)
      return with(hasAlpha ? resized.unpremultiplied() : resized)
    }
  }

  private func wide<Sample: WideSample>(
    _ samples: [Sample], to size: PixelSize, _ filter: ResampleFilter, _ window: PixelWindow
  ) -> Grid<Sample> {
    let grid = grid(samples)
    return filter == .nearest
      ? NearestNeighbour.resample(grid, to: size, window: window)
      : Resample<DoubleArithmetic<Sample>>.resample(
        grid, to: size, filter: filter, window: window)
  }

  /// - Precondition: `window` lies within the image.
  package func cropped(to window: PixelWindow) -> Raster {
    switch samples {
    case .words(let words): with(grid(words).cropped(to: window))
    case .integers(let integers): with(grid(integers).cropped(to: window))
    case .floats(let floats): with(grid(floats).cropped(to: window))
    case .bytes(let bytes): with(grid(bytes).cropped(to: window))
    }
  }
}
