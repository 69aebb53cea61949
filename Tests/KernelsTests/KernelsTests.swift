import Foundation
import TesseraKernels
import TesseraTensors
import Testing

/// The kernels of each instruction set that can run here, against their definitions.
@Suite struct KernelsTests {
  /// Numbers between −scale and scale, the same at every run.
  private func numbers(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { scale * sin(Float($0 * $0 % 9973) * 0.7) }
  }

  @Test(arguments: KernelTable.availableTables)
  func `the exponential is good to two units in the last place`(table: KernelTable) {
    let x = Array(stride(from: Float(-87.3), through: 88, by: 0.0137))
    var y = x
    _ = table.exponentiate(&y, y.count, 0, 1)
    for (x, y) in zip(x, y) {
      let exact = exp(Double(x))
      #expect(abs(Double(y) - exact) <= 2.5 * Double(Float(exact).ulp), "exp(\(x))")
    }
    var special: [Float] = [-.infinity, -200, 200, 0, .nan]
    _ = table.exponentiate(&special, 5, 0, 1)
    #expect(special[0..<4] == [0, 0, .infinity, 1])
    #expect(special[4].isNaN)
  }

  @Test(arguments: KernelTable.availableTables)
  func `the exponential at both ends of the numbers`(table: KernelTable) {
    let x: [Float] = [-104.5, -103, -100, -90, -87.4, 88.5, 88.72, 88.73]
    var y = x
    _ = table.exponentiate(&y, y.count, 0, 1)
    for (x, y) in zip(x, y) {
      let exact = Float(exp(Double(x)))
      #expect(exact.isFinite ? abs(y - exact) <= 2 * exact.ulp : y == exact, "exp(\(x))")
    }
  }

  @Test(arguments: KernelTable.availableTables, [0, 1, 3, 16, 33, 500])
  func `weights of a softmax and their sum`(table: KernelTable, count: Int) {
    var x = numbers(count, scale: 5)
    let largest = table.maximum(x, count)
    #expect(largest == x.max() ?? -.infinity)
    let expected = x.map { exp((Double($0) - Double(largest)) * 0.5) }
    x.append(7)
    let sum = table.exponentiate(&x, count, largest, 0.5)
    #expect(abs(Double(sum) - expected.reduce(0, +)) <= 1e-6 * Double(max(count, 1)))
    for (x, y) in zip(x, expected) { #expect(abs(Double(x) - y) <= 3e-7) }
    #expect(x[count] == 7)
  }

  @Test(arguments: KernelTable.availableTables, [1, 5, 16, 37, 9001])
  func `activations, and nothing behind them`(table: KernelTable, count: Int) {
    let x = numbers(count, scale: 6) + [7]
    let functions: [(KernelTable.InPlace, (Double) -> Double)] = [
      (table.gelu, { $0 * 0.5 * erfc(-$0 / 2.0.squareRoot()) }),
      (table.quickGELU, { $0 / (1 + exp(-1.702 * $0)) }),
      (table.relu, { max($0, 0) }),
      (table.silu, { $0 / (1 + exp(-$0)) }),
      (
        table.tanhGELU,
        { $0 / 2 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
      ),
    ]
    for (kernel, definition) in functions {
      var y = x
      kernel(&y, count)
      for i in 0..<count {
        let exact = definition(Double(x[i]))
        // Φ(x) and σ(x) have an absolute error of some 1e-7, which x multiplies.
        let tolerance = 1e-7 + 1.5e-7 * abs(Double(x[i])) + 2e-7 * abs(exact)
        #expect(abs(Double(y[i]) - exact) <= tolerance, "of \(x[i])")
      }
      #expect(y[count] == 7)
    }
    var out = x
    table.swiGLU(x, x, &out, count)
    for i in 0..<count {
      let exact = Double(x[i]) * Double(x[i]) / (1 + exp(-Double(x[i])))
      #expect(abs(Double(out[i]) - exact) <= 1e-6 + 1e-6 * abs(exact))
    }
    #expect(out[count] == 7)
    table.multiply(x, out, &out, count)
    for i in 0..<count {
      let exact = Double(x[i]) * Double(x[i]) * Double(x[i]) / (1 + exp(-Double(x[i])))
      #expect(abs(Double(out[i]) - exact) <= 6e-6 + 1e-6 * abs(exact))
    }
    #expect(out[count] == 7)
  }

  @Test(arguments: KernelTable.availableTables, [1, 7, 16, 50, 85, 768])
  func `root mean square normalisation, in place too`(table: KernelTable, count: Int) {
    let (x, weight) = (numbers(count, scale: 3), numbers(count, scale: 2))
    var out = x + [7]
    table.rmsNorm(out, weight, 1e-6, &out, count)
    let mean = x.reduce(0) { $0 + Double($1) * Double($1) } / Double(count)
    for i in 0..<count {
      let exact = Double(x[i]) / (mean + 1e-6).squareRoot() * Double(weight[i])
      #expect(abs(Double(out[i]) - exact) <= 3e-6)
    }
    #expect(out[count] == 7)
  }

  @Test(arguments: KernelTable.availableTables, [2, 6, 32, 50, 256])
  func `halves turn`(table: KernelTable, count: Int) {
    let half = count / 2
    let (x, angles) = (numbers(count, scale: 3), numbers(half, scale: 4))
    var out = [Float](repeating: 7, count: count + 1)
    table.rotateHalves(x, angles.map(cos), angles.map(sin), &out, count)
    for i in 0..<half {
      let (a, b) = (Double(x[i]), Double(x[half + i]))
      let (cosine, sine) = (cos(Double(angles[i])), sin(Double(angles[i])))
      #expect(abs(Double(out[i]) - (a * cosine - b * sine)) <= 1e-6)
      #expect(abs(Double(out[half + i]) - (b * cosine + a * sine)) <= 1e-6)
    }
    #expect(out[count] == 7)
  }

  @Test(arguments: KernelTable.availableTables)
  func `every 16-bit number widens exactly`(table: KernelTable) {
    let bits = (0...UInt16.max).map { $0 }
    // One more than whole registers, so that the last goes another way.
    let count = bits.count - 15
    var halves = [Float](repeating: 7, count: bits.count)
    var brains = halves
    bits.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      table.widenF16(start, &halves, count)
      table.widenBF16(start, &brains, count)
    }
    for i in 0..<count {
      let half = Float(Float16(bitPattern: bits[i]))
      #expect(half.isNaN ? halves[i].isNaN : halves[i].bitPattern == half.bitPattern)
      #expect(brains[i].bitPattern == UInt32(i) << 16)
    }
    #expect(halves[count] == 7 && brains[count] == 7)
  }

  @Test(arguments: KernelTable.availableTables, [1, 7, 16, 50, 85, 768])
  func `layer normalisation`(table: KernelTable, count: Int) {
    let (x, residual) = (numbers(count, scale: 3), numbers(count + 1).suffix(count).map { $0 })
    let (weight, bias) = (numbers(count, scale: 2), numbers(count, scale: 0.5))
    for isSum in [false, true] {
      var out = [Float](repeating: 7, count: count + 1)
      residual.withUnsafeBufferPointer { residual in
        x.withUnsafeBufferPointer { x in
          weight.withUnsafeBufferPointer { weight in
            bias.withUnsafeBufferPointer { bias in
              out.withUnsafeMutableBufferPointer { out in
                guard let x = x.baseAddress, let weight = weight.baseAddress,
                  let bias = bias.baseAddress, let out = out.baseAddress
                else { return }
                table.layerNorm(
                  LayerNormRow(
                    x: x, residual: isSum ? residual.baseAddress : nil, weight: weight,
                    bias: bias, epsilon: 1e-5, out: out, count: count))
              }
            }
          }
        }
      }
      let sums = zip(x, residual).map { Double($0) + (isSum ? Double($1) : 0) }
      let mean = sums.reduce(0, +) / Double(count)
      let variance = sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      for i in 0..<count {
        let exact =
          (sums[i] - mean) / (variance + 1e-5).squareRoot() * Double(weight[i]) + Double(bias[i])
        #expect(abs(Double(out[i]) - exact) <= 3e-6)
      }
      #expect(out[count] == 7)
    }
  }

  @Test(arguments: KernelTable.availableTables, [1, 2, 7, 16, 33, 64])
  func `rounding to bfloat16, to nearest with ties to even`(table: KernelTable, count: Int) {
    let x = (0..<count).map { Float(bitPattern: 0x3f80_0000 + UInt32($0) * 0x4001) }
    let words = (count + 1) / 2
    var out = [UInt32](repeating: 7, count: words + 1)
    out.withUnsafeMutableBytes { out in
      if let out = out.baseAddress { table.narrow(x, out, count) }
    }
    #expect(out[words] == 7)
    for i in 0..<count {
      let bits = x[i].bitPattern
      let rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16
      #expect(out[i / 2] >> (16 * UInt32(i % 2)) & 0xffff == rounded)
    }
    if count % 2 == 1 { #expect(out[words - 1] >> 16 == 0) }
    var pairs = [UInt32](repeating: 7, count: count + 1)
    pairs.withUnsafeMutableBytes { pairs in
      if let pairs = pairs.baseAddress { table.pair(x, nil, pairs, count) }
    }
    #expect(pairs[0] == x[0].bitPattern >> 16 && pairs[count] == 7)
  }

  @Test(arguments: KernelTable.availableTables, [1, 4, 15, 16, 70])
  func `quantisation keeps every number within half a step`(table: KernelTable, count: Int) {
    let x = numbers(count, scale: 3).map { $0 + 1 }
    var bytes = [UInt8](repeating: 9, count: (count + 3) / 4 * 4 + 1)
    var scales: [Float] = [0, 0]
    bytes.withUnsafeMutableBytes { bytes in
      if let bytes = bytes.baseAddress { table.quantize(x, bytes, count, &scales) }
    }
    for i in 0..<count {
      #expect(abs(scales[1] + scales[0] * Float(bytes[i]) - x[i]) <= 0.5001 * scales[0] + 1e-6)
    }
    for i in count..<bytes.count - 1 { #expect(bytes[i] == 0) }
    #expect(bytes.last == 9)

    var signed = [Int8](repeating: 9, count: count + 1)
    var scale: Float = 0
    signed.withUnsafeMutableBytes { signed in
      if let signed = signed.baseAddress { scale = table.quantizeSymmetric(x, signed, count) }
    }
    for i in 0..<count {
      #expect(abs(scale * Float(signed[i]) - x[i]) <= 0.5001 * scale + 1e-6)
    }
    #expect(signed[count] == 9)
  }

  /// 150 numbers pass through every loop of the widest kernels: by four registers, one, and none.
  @Test(arguments: KernelTable.availableTables)
  func `an extreme is found wherever it stands`(table: KernelTable) {
    let count = 150
    for place in 0..<count {
      var x = numbers(count)
      x[place] = 9
      #expect(table.maximum(x, count) == 9, "at \(place)")
      for extreme: Float in [9, -9] {
        x[place] = extreme
        var bytes = [UInt8](repeating: 0, count: (count + 3) / 4 * 4)
        var scales: [Float] = [0, 0]
        bytes.withUnsafeMutableBytes { bytes in
          if let bytes = bytes.baseAddress { table.quantize(x, bytes, count, &scales) }
        }
        #expect(bytes[place] == (extreme > 0 ? 255 : 0), "\(extreme) at \(place)")
        #expect(abs(scales[1] + scales[0] * Float(bytes[place]) - extreme) <= 1e-5)
      }
    }
  }

  @Test(arguments: KernelTable.availableTables, [19, 150])
  func `what is not finite stays visible through quantisation`(table: KernelTable, count: Int) {
    for poison in [Float.nan, .infinity, -.infinity] {
      for place in 0..<count {
        var x = numbers(count)
        x[place] = poison
        var bytes = [UInt8](repeating: 0, count: (count + 3) / 4 * 4)
        var scales: [Float] = [0, 0]
        var scale: Float = 0
        bytes.withUnsafeMutableBytes { bytes in
          guard let bytes = bytes.baseAddress else { return }
          table.quantize(x, bytes, count, &scales)
          scale = table.quantizeSymmetric(x, bytes, count)
        }
        #expect(!scales[0].isFinite && !scale.isFinite, "\(poison) at \(place)")
      }
    }
  }

  @Test(
    arguments: KernelTable.availableTables, [[1, 1], [8, 8], [13, 37], [64, 70], [5, 200]])
  func `rows become columns`(table: KernelTable, sizes: [Int]) {
    let (rows, count, width) = (sizes[0], sizes[1], 64)
    let words = (0..<rows * count).map { UInt32($0) }
    let halves = words.map { UInt16(truncatingIfNeeded: $0) }
    var wordsOut = [UInt32](repeating: 7, count: count * width)
    var halvesOut = [UInt16](repeating: 7, count: count * width)
    words.withUnsafeBytes { x in
      wordsOut.withUnsafeMutableBytes { out in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        table.transposeWords(x, 4 * count, rows, count, out, 4 * width)
      }
    }
    halves.withUnsafeBytes { x in
      halvesOut.withUnsafeMutableBytes { out in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        table.transposeHalves(x, 2 * count, rows, count, out, 2 * width)
      }
    }
    for k in 0..<count {
      for row in 0..<width {
        let expected = row < rows ? UInt32(row * count + k) : 7
        #expect(wordsOut[k * width + row] == expected)
        #expect(halvesOut[k * width + row] == UInt16(truncatingIfNeeded: expected))
      }
    }
  }
}
