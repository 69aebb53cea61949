import Foundation
import Kernels
import Tensors
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
    ]
    for (kernel, definition) in functions {
      var y = x
      kernel(&y, count)
      for i in 0..<count {
        let exact = definition(Double(x[i]))
        #expect(abs(Double(y[i]) - exact) <= 4e-7 + 4e-7 * abs(exact), "of \(x[i])")
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

  @Test(arguments: KernelTable.availableTables, [1, 7, 16, 50, 768])
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
}
