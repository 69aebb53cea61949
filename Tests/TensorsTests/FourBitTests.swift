import TesseraKernels
import TesseraTensors
import TesseraTestSupport
import Testing

/// Weights of four bits, and products with them beside a naive twin.
@Suite struct FourBitTests {
  private func group(_ x: [Float]) -> FourBitGroup { FourBitGroup(x, count: x.count) }

  @Test func `numbers become the nearest of sixteen`() {
    for seed in 1...40 {
      let x = Tensor.random([32], seed: UInt64(seed)).elements
      let group = group(x)
      let numbers = group.numbers
      let farthest = x.max { abs($0) < abs($1) } ?? 0
      #expect(abs(group.scale * -8 - farthest) <= abs(farthest) / 256)
      for (i, x) in x.enumerated() {
        let q = Float(numbers[i])
        #expect((0...15).contains(q))
        let nearest = group.scale * (q - 8)
        // What would be 8 steps away on the other side is 7.
        let bound = q == 15 ? 1.05 : 0.501
        #expect(abs(x - nearest) <= Float(bound) * abs(group.scale), "\(x), \(nearest)")
      }
    }
  }

  @Test func `zeros, few numbers, and none that are finite`() {
    #expect(group([Float](repeating: 0, count: 32)).scale == 0)
    let few = group([1, -2, 0.5])
    #expect(few.scale == 0.25)
    #expect(few.numbers.prefix(4) == [12, 0, 10, 8])
    for bad in [Float.nan, .infinity, -.infinity] {
      var x = [Float](repeating: 1, count: 32)
      x[17] = bad
      #expect(group(x).scale.isNaN)
    }
  }

  /// Each weight as its four bits and scale say, in the order of `weight`.
  private func rounded(_ weight: Tensor) -> [Float] {
    (0..<weight.rowCount).flatMap { row -> [Float] in
      let x = weight.row(row).elements
      return stride(from: 0, to: x.count, by: 32).flatMap { start -> [Float] in
        let part = Array(x[start..<min(start + 32, x.count)])
        let group = group(part)
        return zip(part, group.numbers).map { group.scale * (Float($1) - 8) }
      }
    }
  }

  /// Rows as the bytes of `int8` have them.
  private func rounded(rows x: Tensor) -> [Float] {
    let width = x.rowWidth
    let groups = QuantizationGroups(numbers: width, format: .int4Octets)
    var result = x.elements
    for row in 0..<x.rowCount {
      for group in 0..<groups.count {
        let places = groups.range(group, of: width)
        let own = Array(x.row(row).elements[places])
        var bytes = [UInt8](repeating: 0, count: own.count + 4)
        var scales: [Float] = [0, 0]
        KernelTable.active.quantize(own, &bytes, own.count, &scales)
        for i in own.indices {
          result[row * width + places.lowerBound + i] = scales[1] + scales[0] * Float(bytes[i])
        }
      }
    }
    return result
  }

  @Test(arguments: [[1, 64, 64], [37, 50, 45], [3, 900, 20], [200, 96, 130], [2, 1, 3]])
  func `products are those of what rounding leaves`(sizes: [Int]) {
    let (rows, inputs, outputs) = (sizes[0], sizes[1], sizes[2])
    let x = Tensor.random([rows, inputs], seed: 2)
    let weight = Tensor.random([outputs, inputs], seed: 3)
    let bias = Tensor.random([outputs], seed: 4)
    let weights = LinearWeights(StoredMatrix(weight.stored), precision: .int4)
    let (a, b) = (rounded(rows: x), rounded(weight))
    // Packed for one product, and kept.
    for _ in 0..<3 {
      let found = x.linear(weights, bias: bias).elements
      for (i, found) in found.enumerated() {
        let (row, column) = (i / outputs, i % outputs)
        var (sum, size) = (Double(bias.elements[column]), 1.0)
        for k in 0..<inputs {
          let product = Double(a[row * inputs + k]) * Double(b[column * inputs + k])
          sum += product
          size += abs(product)
        }
        #expect(abs(Double(found) - sum) <= 1e-5 * size, "row \(row), column \(column)")
      }
      let last = x.rows(rows - 1..<rows).linear(weights, bias: bias).elements
      #expect(last[...] == found.suffix(outputs))
    }
  }

  @Test(arguments: [[1, 64, 64], [37, 50, 45], [3, 900, 20], [2, 1, 3]])
  func `stored weights make the same bits, and are the same numbers`(sizes: [Int]) {
    let (rows, inputs, outputs) = (sizes[0], sizes[1], sizes[2])
    let x = Tensor.random([rows, inputs], seed: 2)
    let weight = Tensor.random([outputs, inputs], seed: 3)
    let whole = StoredMatrix(weight.stored)
    let stored = whole.quantizedToFourBits()
    #expect(stored.inputs == inputs && stored.outputs == outputs)
    #expect(stored.widened().elements == rounded(weight))
    #expect(stored.quantizedToFourBits().tensor.shape == stored.tensor.shape)
    let product = x.linear(LinearWeights(whole, precision: .int4)).elements
    #expect(x.linear(LinearWeights(stored, precision: .int4)).elements == product)
    let part = 1..<outputs
    #expect(
      x.linear(LinearWeights(stored.rows(part), precision: .int4)).elements
        == x.linear(LinearWeights(whole.rows(part), precision: .int4)).elements)
  }

  /// The layout as docs/chat.md describes it.
  @Test func `bytes of a file stand as documented`() throws {
    let (inputs, outputs) = (80, 3)
    let weight = Tensor.random([outputs, inputs], seed: 5)
    let stored = StoredMatrix(weight.stored).quantizedToFourBits()
    let scales = try #require(stored.fourBitScales)
    #expect(stored.tensor.dtype == .u8 && stored.tensor.shape == [3, 48])
    #expect(scales.dtype == .bf16 && scales.shape == [3, 3])
    let bytes = stored.tensor.withBytes { Array($0) }
    let expected = rounded(weight)
    for row in 0..<outputs {
      for input in 0..<96 {
        let byte = bytes[48 * row + input / 8 * 4 + input % 4]
        let q = input % 8 < 4 ? byte & 15 : byte >> 4
        guard input < inputs else {
          #expect(q == 8)
          continue
        }
        let scale = scales.widened().elements[3 * row + input / 32]
        #expect(scale * (Float(q) - 8) == expected[row * inputs + input])
      }
    }
  }

  @Test func `four and a half bits a weight`() {
    let weights = LinearWeights(
      StoredMatrix(Tensor.random([256, 4096], seed: 3).stored), precision: .int4)
    let bits = 8 * Double(weights.byteCount) / Double(256 * 4096)
    #expect(bits > 4.5 && bits < 4.6)
  }
}
