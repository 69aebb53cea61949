import Foundation
import TesseraKernels
import TesseraTensors

/// Each operation as its definition has it, in double precision.
enum Naive {
  static func layerNorm(
    _ x: Tensor, adding residual: Tensor, _ norm: LayerNormWeights
  ) -> Tensor {
    let (weight, bias) = (norm.weight.elements, norm.bias.elements)
    let sums = zip(x.elements, residual.elements).map { Double($0) + Double($1) }
    let width = x.rowWidth
    var out: [Float] = []
    for start in stride(from: 0, to: sums.count, by: width) {
      let row = sums[start..<start + width]
      let mean = row.reduce(0, +) / Double(width)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
      let scale = 1 / (variance + Double(norm.epsilon)).squareRoot()
      out += row.enumerated().map { i, x in
        Float((x - mean) * scale * Double(weight[i]) + Double(bias[i]))
      }
    }
    return Tensor(out, shape: x.shape)
  }

  static func activated(_ x: Tensor, _ function: Activation) -> Tensor {
    let definition: (Double) -> Double =
      switch function {
      case .gelu: { $0 * 0.5 * erfc(-$0 / 2.0.squareRoot()) }
      case .quickGELU: { $0 / (1 + exp(-1.702 * $0)) }
      case .relu: { max($0, 0) }
      case .silu: { $0 / (1 + exp(-$0)) }
      case .tanhGELU, .newGELU, .fastGELU:
        { $0 / 2 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
      }
    return Tensor(x.elements.map { Float(definition(Double($0))) }, shape: x.shape)
  }

  static func swiGLU(_ both: Tensor) -> Tensor {
    let (x, width) = (both.elements, both.rowWidth / 2)
    let out = (0..<both.rowCount * width).map { i -> Float in
      let start = i / width * 2 * width + i % width
      let (gate, up) = (Double(x[start]), Double(x[start + width]))
      return Float(gate / (1 + exp(-gate)) * up)
    }
    return Tensor(out, shape: [both.rowCount, width])
  }

  static func rotated(
    _ qkv: Tensor, cosines: Tensor, sines: Tensor, _ shape: AttentionShape
  ) -> Tensor {
    var out = qkv.elements
    let x = out
    let (cosines, sines) = (cosines.elements, sines.elements)
    for token in 1..<qkv.rowCount {
      for channel in stride(from: 0, to: 2 * shape.channels, by: 2) {
        let i = token * qkv.rowWidth + channel
        let angle = (token - 1) * shape.headWidth + channel % shape.headWidth
        out[i] = x[i] * cosines[angle] - x[i + 1] * sines[angle]
        out[i + 1] = x[i + 1] * cosines[angle + 1] + x[i] * sines[angle + 1]
      }
    }
    return Tensor(out, shape: qkv.shape)
  }

  static func exponentiatedRows(_ x: Tensor) -> Tensor {
    let (elements, width) = (x.elements, x.rowWidth)
    var out: [Float] = []
    for start in stride(from: 0, to: elements.count, by: width) {
      let row = elements[start..<start + width]
      let largest = Double(row.max() ?? 0)
      out += row.map { Float(exp(Double($0) - largest)) }
    }
    return Tensor(out, shape: x.shape)
  }
}

extension Tensor {
  /// exp(x − largest of the row): what a softmax divides by its sum.
  func exponentiatedRows() -> Tensor {
    let table = KernelTable.active
    return Tensor(shape: shape) { out in
      withElements { _ = out.initialize(from: $0) }
      guard let start = out.baseAddress else { return }
      Parallel.forEachRange(rowCount, minimum: 8) { rows in
        for row in rows {
          let line = start + row * rowWidth
          _ = table.exponentiate(line, rowWidth, table.maximum(line, rowWidth), 1)
        }
      }
    }
  }
}
