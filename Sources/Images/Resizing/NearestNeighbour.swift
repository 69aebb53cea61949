/// Resizing that copies the sample under each output's centre.
enum NearestNeighbour {
  static func resample<Sample>(
    _ source: Grid<Sample>, to size: PixelSize, window: PixelWindow
  ) -> Grid<Sample> where Sample: Numeric {
    let columns = positions(
      inputSize: source.width, outputSize: size.width, outputs: window.columns)
    let rows = positions(inputSize: source.height, outputSize: size.height, outputs: window.rows)
    var samples: [Sample] = []
    samples.reserveCapacity(rows.count * columns.count * source.channels)
    for row in rows {
      for column in columns {
        guard let row, let column else {
          samples.append(contentsOf: repeatElement(0, count: source.channels))
          continue
        }
        let start = (row * source.width + column) * source.channels
        samples.append(contentsOf: source.samples[start..<start + source.channels])
      }
    }
    return Grid(
      width: columns.count, height: rows.count, channels: source.channels, samples: samples)
  }

  /// The input under each output.
  ///
  /// Pillow adds the step up, so that its rounding errors do too, and an output that they carry
  /// beyond the input becomes 0: hence the optionals.
  private static func positions(
    inputSize: Int, outputSize: Int, outputs: Range<Int>
  ) -> [Int?] {
    let step = Double(inputSize) / Double(outputSize)
    var position = step * 0.5
    if outputSize > Int(Int32.max) {
      // Pillow has no images so large, and the sum would take minutes.
      position += Double(outputs.lowerBound) * step
    } else {
      for _ in 0..<outputs.lowerBound { position += step }
    }
    return outputs.map { _ in
      defer { position += step }
      return position < Double(inputSize) ? Int(position) : nil
    }
  }
}
