/// A rectangle of samples, without a meaning: what the arithmetic of resizing works on.
struct Grid<Sample: Sendable>: Sendable {
  let width: Int
  let height: Int
  /// Samples side by side in one pixel.
  let channels: Int
  let samples: [Sample]

  /// The part within `window`, which must lie within the grid.
  func cropped(to window: PixelWindow) -> Grid {
    if window.columns == 0..<width, window.rows == 0..<height { return self }
    let rowCount = window.columns.count * channels
    let cropped = [Sample](unsafeUninitializedCapacity: rowCount * window.rows.count) {
      out, count in
      for row in window.rows {
        let start = (row * width + window.columns.lowerBound) * channels
        let (_, end) = out[count...].initialize(from: samples[start..<start + rowCount])
        count = end
      }
    }
    return Grid(
      width: window.columns.count, height: window.rows.count, channels: channels, samples: cropped)
  }
}

extension Grid {
  /// - Parameter fill: writes every sample.
  init(
    width: Int, height: Int, channels: Int, fill: (UnsafeMutableBufferPointer<Sample>) -> Void
  ) {
    let count = width * height * channels
    self.init(
      width: width, height: height, channels: channels,
      samples: [Sample](unsafeUninitializedCapacity: count) { out, initialized in
        fill(out)
        initialized = count
      })
  }
}

extension Raster {
  /// The samples of an 8-bit mode; nil in wider ones.
  var byteGrid: Grid<UInt8>? {
    guard case .bytes(let samples) = samples else { return nil }
    return grid(samples)
  }

  func grid<Sample>(_ samples: [Sample]) -> Grid<Sample> {
    Grid(width: width, height: height, channels: mode.channelCount, samples: samples)
  }

  /// The same mode and palette around other samples.
  func with(_ grid: Grid<UInt8>) -> Raster { with(grid.width, grid.height, .bytes(grid.samples)) }
  func with(_ grid: Grid<UInt16>) -> Raster { with(grid.width, grid.height, .words(grid.samples)) }
  func with(_ grid: Grid<Int32>) -> Raster {
    with(grid.width, grid.height, .integers(grid.samples))
  }
  func with(_ grid: Grid<Float>) -> Raster { with(grid.width, grid.height, .floats(grid.samples)) }

  private func with(_ width: Int, _ height: Int, _ samples: Samples) -> Raster {
    Raster(
      mode: mode, width: width, height: height, samples: samples, palette: palette,
      grayBits: grayBits)
  }
}
