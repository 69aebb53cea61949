/// Resizes a grid as Pillow 13 does, in two passes with rounding between them, and computes only
/// the part of the result that is wanted: cropping afterwards would give the same samples.
struct Resample<Arithmetic: ResampleArithmetic> {
  typealias Samples = Grid<Arithmetic.Sample>
  typealias Weights = ResampleWeights<Arithmetic>

  /// The part within `window` of `source` resized to `size`.
  static func resample(
    _ source: Samples, to size: PixelSize, filter: ResampleFilter, window: PixelWindow
  ) -> Samples {
    // An axis that keeps its length is not filtered.
    let columns =
      source.width == size.width
      ? nil
      : Weights(
        filter: filter, inputSize: source.width, outputSize: size.width, outputs: window.columns)
    let rows =
      source.height == size.height
      ? nil
      : Weights(
        filter: filter, inputSize: source.height, outputSize: size.height, outputs: window.rows)

    // The order shows in the rounding. Vertical comes first if the height shrinks by more than
    // twice what the width does.
    let heightLoss = source.height - size.height
    let isVerticalFirst = heightLoss > 0 && heightLoss > 2 * (source.width - size.width)
    // What the second pass will not read, the first need not make.
    let sourceWindow = PixelWindow(
      columns: columns?.inputs ?? window.columns, rows: rows?.inputs ?? window.rows)

    if isVerticalFirst {
      let strip =
        rows.map { vertical(source, $0, columns: sourceWindow.columns, firstRow: 0) }
        ?? source.cropped(to: sourceWindow)
      return columns.map {
        horizontal(strip, $0, rows: 0..<strip.height, firstColumn: sourceWindow.columns.lowerBound)
      } ?? strip
    }
    let strip =
      columns.map { horizontal(source, $0, rows: sourceWindow.rows, firstColumn: 0) }
      ?? source.cropped(to: sourceWindow)
    return rows.map {
      vertical(
        strip, $0, columns: 0..<strip.width, firstRow: sourceWindow.rows.lowerBound)
    } ?? strip
  }

  /// Filters along the rows in `rows`.
  ///
  /// `source` begins at column `firstColumn` of the image that the weights count in.
  private static func horizontal(
    _ source: Samples, _ weights: Weights, rows: Range<Int>, firstColumn: Int
  ) -> Samples {
    let channels = source.channels
    let width = weights.firsts.count
    let count = rows.count * width * channels
    let samples = [Arithmetic.Sample](unsafeUninitializedCapacity: count) { out, initialized in
      source.samples.withUnsafeBufferPointer { input in
        weights.values.withUnsafeBufferPointer { values in
          var output = 0
          for row in rows {
            let rowStart = (row * source.width - firstColumn) * channels
            var firstWeight = 0
            for (first, taps) in zip(weights.firsts, weights.counts) {
              for channel in 0..<channels {
                var sum = Arithmetic.zero
                var index = rowStart + first * channels + channel
                for weight in firstWeight..<firstWeight + taps {
                  Arithmetic.add(input[index], times: values[weight], to: &sum)
                  index &+= channels
                }
                out[output] = Arithmetic.sample(sum)
                output += 1
              }
              firstWeight += taps
            }
          }
        }
      }
      initialized = count
    }
    return Samples(width: width, height: rows.count, channels: channels, samples: samples)
  }

  /// Filters down the columns in `columns`.
  ///
  /// `source` begins at row `firstRow` of the image that the weights count in.
  private static func vertical(
    _ source: Samples, _ weights: Weights, columns: Range<Int>, firstRow: Int
  ) -> Samples {
    let height = weights.firsts.count
    let rowCount = columns.count * source.channels
    let count = height * rowCount
    let samples = [Arithmetic.Sample](unsafeUninitializedCapacity: count) { out, initialized in
      source.samples.withUnsafeBufferPointer { input in
        withUnsafeTemporaryAllocation(of: Arithmetic.Sum.self, capacity: rowCount) { sums in
          var weight = 0
          for row in 0..<height {
            sums.initialize(repeating: Arithmetic.zero)
            for tap in 0..<weights.counts[row] {
              let inputRow = weights.firsts[row] + tap - firstRow
              let start = (inputRow * source.width + columns.lowerBound) * source.channels
              let value = weights.values[weight]
              for i in 0..<rowCount {
                Arithmetic.add(input[start &+ i], times: value, to: &sums[i])
              }
              weight += 1
            }
            for i in 0..<rowCount { out[row * rowCount + i] = Arithmetic.sample(sums[i]) }
          }
        }
      }
      initialized = count
    }
    return Samples(
      width: columns.count, height: height, channels: source.channels, samples: samples)
  }
}
