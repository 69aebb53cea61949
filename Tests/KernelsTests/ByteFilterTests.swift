import TesseraKernels
import TesseraTensors
import TesseraTestSupport
import Testing

/// Weighted sums of bytes, against the same in plain integers, which must agree to the bit.
@Suite struct ByteFilterTests {
  private static let fractionBits = 22

  private func sample(_ sum: Int) -> UInt8 {
    UInt8(max(0, min(255, (sum + 1 << (Self.fractionBits - 1)) >> Self.fractionBits)))
  }

  /// Weights whose sum may be less than 0 or more than 1.
  private func weights(_ count: Int, _ random: inout SplitMix64) -> [Int32] {
    let mean = Int32.random(in: -3_000_000...6_000_000, using: &random)
    return (0..<count).map { _ in
      (mean + Int32.random(in: -2_000_000...2_000_000, using: &random)) / Int32(count)
    }
  }

  /// Up to 90 pixels an output pass through every number of registers that may be left over.
  @Test(arguments: KernelTable.availableTables, 1...4)
  func `a row of pixels is filtered along itself`(table: KernelTable, channels: Int) {
    var random = SplitMix64(seed: UInt64(channels))
    let tapCounts = Array(0...90)
    let pixels = 200
    let row = (0..<pixels * channels + ByteRowFilter.overreach).map { _ in
      UInt8.random(in: 150...255, using: &random)
    }
    var (starts, counts, all): ([Int], [Int], [Int32]) = ([], [], [])
    var expected: [UInt8] = []
    for taps in tapCounts {
      let start = channels * Int.random(in: 0...pixels - taps, using: &random)
      let weights = weights(max(taps, 1), &random).prefix(taps)
      for channel in 0..<channels {
        let products = weights.enumerated().map { i, weight in
          Int(row[start + channels * i + channel]) * Int(weight)
        }
        expected.append(sample(products.reduce(0, +)))
      }
      let begin = all.count
      for weight in weights { all += Array(repeating: weight, count: channels) }
      while (all.count - begin) % ByteRowFilter.weightMultiple > 0 { all.append(0) }
      starts.append(start)
      counts.append(all.count - begin)
    }
    var out = Array(repeating: UInt8(77), count: expected.count + 1)
    row.withUnsafeBufferPointer { row in
      starts.withUnsafeBufferPointer { starts in
        counts.withUnsafeBufferPointer { counts in
          all.withUnsafeBufferPointer { all in
            out.withUnsafeMutableBufferPointer { out in
              guard let row = row.baseAddress, let starts = starts.baseAddress,
                let counts = counts.baseAddress, let all = all.baseAddress,
                let out = out.baseAddress
              else { return }
              table.filterRow(
                ByteRowFilter(
                  source: row, channels: channels, outputs: tapCounts.count, starts: starts,
                  counts: counts, weights: all, fractionBits: Self.fractionBits, out: out))
            }
          }
        }
      }
    }
    #expect(out == expected + [77])
    #expect(Set(expected).isSuperset(of: [0, 255]))
  }

  @Test(arguments: KernelTable.availableTables, [0, 1, 2, 19])
  func `neighbouring rows are filtered into one`(table: KernelTable, rows: Int) {
    var random = SplitMix64(seed: UInt64(rows))
    let stride = 151
    let source = (0..<max(rows, 1) * stride).map { _ in
      UInt8.random(in: 0...255, using: &random)
    }
    let weights = weights(max(rows, 1), &random)
    // By whole registers, and what is left over.
    for count in [0, 1, 5, 16, 63, 64, 100, 150] {
      var out = Array(repeating: UInt8(77), count: count + 1)
      source.withUnsafeBufferPointer { source in
        weights.withUnsafeBufferPointer { weights in
          out.withUnsafeMutableBufferPointer { out in
            guard let source = source.baseAddress, let weights = weights.baseAddress,
              let out = out.baseAddress
            else { return }
            table.filterColumns(
              ByteColumnFilter(
                source: source, stride: stride, weights: weights, rows: rows,
                fractionBits: Self.fractionBits, out: out, count: count))
          }
        }
      }
      let expected = (0..<count).map { i in
        sample((0..<rows).reduce(0) { $0 + Int(source[$1 * stride + i]) * Int(weights[$1]) })
      }
      #expect(out == expected + [77], "\(count)")
    }
  }
}
