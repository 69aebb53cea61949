/// 16-bit samples: double precision, added in the order of the pixels.
enum DoubleArithmetic: ResampleArithmetic {
  static func weight(_ value: Double) -> Double { value }

  private static func sample(_ sum: Double) -> UInt16 {
    UInt16(max(0, min(65535, (sum >= 0 ? sum + 0.5 : sum - 0.5).rounded(.towardZero))))
  }

  static func horizontal(
    _ source: Grid<UInt16>, _ weights: ResampleWeights<Self>, rows: Range<Int>, firstColumn: Int
  ) -> Grid<UInt16> {
    let channels = source.channels
    let width = weights.firsts.count
    return Grid(width: width, height: rows.count, channels: channels) { out in
      source.samples.withUnsafeBufferPointer { input in
        weights.values.withUnsafeBufferPointer { values in
          var output = 0
          for row in rows {
            let rowStart = (row * source.width - firstColumn) * channels
            for (first, range) in zip(weights.firsts, weights.ranges) {
              for channel in 0..<channels {
                var sum = 0.0
                var index = rowStart + first * channels + channel
                for weight in range {
                  sum += Double(input[index]) * values[weight]
                  index += channels
                }
                out[output] = sample(sum)
                output += 1
              }
            }
          }
        }
      }
    }
  }

  static func vertical(
    _ source: Grid<UInt16>, _ weights: ResampleWeights<Self>, columns: Range<Int>, firstRow: Int
  ) -> Grid<UInt16> {
    let height = weights.firsts.count
    let rowCount = columns.count * source.channels
    return Grid(width: columns.count, height: height, channels: source.channels) { out in
      source.samples.withUnsafeBufferPointer { input in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: rowCount) { sums in
          for row in 0..<height {
            sums.initialize(repeating: 0)
            for (tap, weight) in weights.values[weights.ranges[row]].enumerated() {
              let inputRow = weights.firsts[row] + tap - firstRow
              let start = (inputRow * source.width + columns.lowerBound) * source.channels
              for i in 0..<rowCount { sums[i] += Double(input[start + i]) * weight }
            }
            for i in 0..<rowCount { out[row * rowCount + i] = sample(sums[i]) }
          }
        }
      }
    }
  }
}
