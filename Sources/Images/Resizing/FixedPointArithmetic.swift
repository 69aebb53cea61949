import TesseraKernels
import TesseraTensors

/// 8-bit samples: fixed point with 22 fraction bits.
enum FixedPointArithmetic: ResampleArithmetic {
  /// Eight bits for the sample, two for what negative weights add on either side.
  private static let fractionBits = 32 - 8 - 2
  /// Rows that are worth a thread.
  private static let rowsAtOnce = 16

  static func weight(_ value: Double) -> Int32 {
    Int32(value * Double(1 << fractionBits) + (value < 0 ? -0.5 : 0.5))
  }

  static func horizontal(
    _ source: Grid<UInt8>, _ weights: ResampleWeights<Self>, rows: Range<Int>, firstColumn: Int
  ) -> Grid<UInt8> {
    let channels = source.channels
    let width = weights.firsts.count
    let taps = RowTaps(weights, channels: channels, firstColumn: firstColumn)
    return Grid(width: width, height: rows.count, channels: channels) { out in
      guard let out = out.baseAddress else { return }
      source.samples.withUnsafeBufferPointer { input in
        Parallel.forEachRange(rows.count, minimum: rowsAtOnce) { range in
          for row in range {
            let start = (rows.lowerBound + row) * source.width * channels
            taps.filter(
              UnsafeBufferPointer(rebasing: input[start...]), fractionBits: fractionBits,
              into: out + row * width * channels)
          }
        }
      }
    }
  }

  static func vertical(
    _ source: Grid<UInt8>, _ weights: ResampleWeights<Self>, columns: Range<Int>, firstRow: Int
  ) -> Grid<UInt8> {
    let stride = source.width * source.channels
    let count = columns.count * source.channels
    let height = weights.firsts.count
    return Grid(width: columns.count, height: height, channels: source.channels) { out in
      source.samples.withUnsafeBufferPointer { input in
        weights.values.withUnsafeBufferPointer { values in
          guard let out = out.baseAddress, let input = input.baseAddress,
            let values = values.baseAddress
          else { return }
          let filter = KernelTable.active.filterColumns
          Parallel.forEachRange(height, minimum: rowsAtOnce) { range in
            for row in range {
              let first = (weights.firsts[row] - firstRow) * stride
              let taps = weights.ranges[row]
              filter(
                ByteColumnFilter(
                  source: input + first + columns.lowerBound * source.channels, stride: stride,
                  weights: values + taps.lowerBound, rows: taps.count, fractionBits: fractionBits,
                  out: out + row * count, count: count))
            }
          }
        }
      }
    }
  }
}

/// The weights of a row's pixels as `ByteRowFilter` reads them.
private struct RowTaps {
  private let channels: Int
  private var starts: [Int] = []
  private var counts: [Int] = []
  private var weights: [Int32] = []
  /// Bytes of a row that are read.
  private var reach = 0

  init(_ given: ResampleWeights<FixedPointArithmetic>, channels: Int, firstColumn: Int) {
    self.channels = channels
    for (first, range) in zip(given.firsts, given.ranges) {
      let start = (first - firstColumn) * channels
      let end = weights.count
      for weight in given.values[range] {
        weights.append(contentsOf: repeatElement(weight, count: channels))
      }
      while (weights.count - end) % ByteRowFilter.weightMultiple > 0 { weights.append(0) }
      starts.append(start)
      counts.append(weights.count - end)
      reach = max(reach, start + weights.count - end)
    }
  }

  /// - Parameter row: what stands from the row's first byte on.
  func filter(
    _ row: UnsafeBufferPointer<UInt8>, fractionBits: Int, into out: UnsafeMutablePointer<UInt8>
  ) {
    guard row.count >= reach else {
      // What is read behind the last row's end counts for nothing, but must be memory.
      let padded = Array(row) + Array(repeating: 0, count: reach - row.count)
      return padded.withUnsafeBufferPointer {
        filter($0, fractionBits: fractionBits, into: out)
      }
    }
    starts.withUnsafeBufferPointer { starts in
      counts.withUnsafeBufferPointer { counts in
        weights.withUnsafeBufferPointer { weights in
          guard let source = row.baseAddress, let first = starts.baseAddress,
            let counts = counts.baseAddress, let weights = weights.baseAddress
          else { return }
          KernelTable.active.filterRow(
            ByteRowFilter(
              source: source, channels: channels, outputs: starts.count, starts: first,
              counts: counts, weights: weights, fractionBits: fractionBits, out: out))
        }
      }
    }
  }
}
