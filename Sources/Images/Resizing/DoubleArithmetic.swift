/// A sample of more than 8 bits.
protocol WideSample: Numeric, Sendable {
  var double: Double { get }

  /// The sample nearest to a sum.
  init(nearest sum: Double)
}

extension UInt16: WideSample {
  var double: Double { Double(self) }
  init(nearest sum: Double) { self = UInt16(Swift.max(0, Swift.min(65535, sum.halfAdded))) }
}

extension Int32: WideSample {
  var double: Double { Double(self) }
  init(nearest sum: Double) {
    self = Int32(Swift.max(Double(Int32.min), Swift.min(Double(Int32.max), sum.halfAdded)))
  }
}

extension Float: WideSample {
  var double: Double { Double(self) }
  init(nearest sum: Double) { self = Float(sum) }
}

extension Double {
  /// Rounded by adding a half, whose rounding shows where the number is almost one itself.
  fileprivate var halfAdded: Double { (self >= 0 ? self + 0.5 : self - 0.5).rounded(.towardZero) }
}

/// Wide samples: double precision, added in the order of the pixels.
enum DoubleArithmetic<Sample: WideSample>: ResampleArithmetic {
  static func weight(_ value: Double) -> Double { value }

  static func horizontal(
    _ source: Grid<Sample>, _ weights: ResampleWeights<Self>, rows: Range<Int>, firstColumn: Int
  ) -> Grid<Sample> {
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
                  sum += input[index].double * values[weight]
                  index += channels
                }
                out[output] = Sample(nearest: sum)
                output += 1
              }
            }
          }
        }
      }
    }
  }

  static func vertical(
    _ source: Grid<Sample>, _ weights: ResampleWeights<Self>, columns: Range<Int>, firstRow: Int
  ) -> Grid<Sample> {
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
              for i in 0..<rowCount { sums[i] += input[start + i].double * weight }
            }
            for i in 0..<rowCount { out[row * rowCount + i] = Sample(nearest: sums[i]) }
          }
        }
      }
    }
  }
}
