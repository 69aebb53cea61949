import Foundation
import TesseraTensors

// The operations once more, in double and as plainly as they can be written.

func naiveLinear(_ x: Tensor, weight: Tensor, bias: Tensor?) -> Tensor {
  let (rows, depth, width) = (x.shape[0], x.shape[1], weight.shape[0])
  let (a, b, c) = (x.elements, weight.elements, bias?.elements)
  var out: [Float] = []
  for row in 0..<rows {
    for column in 0..<width {
      var sum = Double(c?[column] ?? 0)
      for i in 0..<depth { sum += Double(a[row * depth + i]) * Double(b[column * depth + i]) }
      out.append(Float(sum))
    }
  }
  return Tensor(out, shape: [rows, width])
}

func naiveActivation(_ x: Tensor, _ activation: Activation) -> Tensor {
  Tensor(
    x.elements.map { element in
      let x = Double(element)
      return switch activation {
      case .gelu: Float(x * 0.5 * erfc(-x / 2.0.squareRoot()))
      case .quickGELU: Float(x / (1 + exp(-1.702 * x)))
      case .relu: Float(max(x, 0))
      case .silu: Float(x / (1 + exp(-x)))
      case .tanhGELU, .newGELU, .fastGELU:
        Float(x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))))
      }
    }, shape: x.shape)
}

func naiveSwiGLU(_ x: Tensor) -> Tensor {
  let width = x.shape[1] / 2
  let values = x.elements
  return Tensor(
    (0..<x.shape[0] * width).map { i in
      let (row, column) = (i / width, i % width)
      let gate = Double(values[row * 2 * width + column])
      let up = Double(values[row * 2 * width + width + column])
      return Float(gate / (1 + exp(-gate)) * up)
    }, shape: [x.shape[0], width])
}

func naiveLayerNorm(_ x: Tensor, weight: Tensor, bias: Tensor, epsilon: Float) -> Tensor {
  let width = x.shape[1]
  let (w, b) = (weight.elements, bias.elements)
  return Tensor(
    (0..<x.shape[0]).flatMap { row in
      let values = x.row(row).elements.map(Double.init)
      let mean = values.reduce(0, +) / Double(width)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
      return values.enumerated().map { i, x in
        Float((x - mean) / (variance + Double(epsilon)).squareRoot() * Double(w[i]) + Double(b[i]))
      }
    }, shape: x.shape)
}

func naiveRMSNorm(_ x: Tensor, weight: Tensor, epsilon: Float) -> Tensor {
  let width = weight.elementCount
  let (values, w) = (x.elements.map(Double.init), weight.elements)
  return Tensor(
    values.indices.map { i in
      let row = values[i / width * width..<(i / width + 1) * width]
      let mean = row.reduce(0) { $0 + $1 * $1 } / Double(width)
      return Float(values[i] / (mean + Double(epsilon)).squareRoot() * Double(w[i % width]))
    }, shape: x.shape)
}

/// The queries and keys of one text turned, each pair of which has one number in either half of a
/// head, by place·frequency.
func naiveRotated(_ qkv: Tensor, _ shape: AttentionShape, by frequencies: [Float]) -> Tensor {
  var x = qkv.elements
  let half = shape.headWidth / 2
  for place in 0..<qkv.rowCount {
    for head in 0..<shape.heads + shape.keyHeads {
      for (k, frequency) in frequencies.enumerated() {
        let first = place * qkv.rowWidth + head * shape.headWidth + k
        let angle = Double(place) * Double(frequency)
        let (a, b) = (Double(x[first]), Double(x[first + half]))
        x[first] = Float(a * cos(angle) - b * sin(angle))
        x[first + half] = Float(b * cos(angle) + a * sin(angle))
      }
    }
  }
  return Tensor(x, shape: qkv.shape)
}

/// [H, T, T], for one sequence.
func naiveProbabilities(_ qkv: Tensor, _ shape: AttentionShape, of tokens: Range<Int>) -> Tensor {
  let values = qkv.elements
  let width = shape.headWidth
  let stride = shape.inputChannels
  let group = shape.heads / shape.keyHeads
  var out: [Float] = []
  for head in 0..<shape.heads {
    for query in tokens {
      let scores = tokens.map { key -> Double in
        let (before, after) = (query - key, key - query)
        guard before <= shape.sight.before ?? before, after <= shape.sight.after ?? after
        else { return -.infinity }
        let q = query * stride + head * width
        let k = key * stride + shape.channels + head / group * width
        let product = (0..<width)
          .reduce(0.0) { $0 + Double(values[q + $1]) * Double(values[k + $1]) }
        return (product + shape.bias(of: head, distance: key - query)) * Double(shape.scale)
      }
      let maximum = scores.max() ?? 0
      let weights = scores.map { exp($0 - maximum) }
      let sum = weights.reduce(0, +)
      out += weights.map { Float($0 / sum) }
    }
  }
  return Tensor(out, shape: [shape.heads, tokens.count, tokens.count])
}

func naiveAttention(_ qkv: Tensor, _ shape: AttentionShape, in sequences: PackedSequences) -> Tensor
{
  let values = qkv.elements
  let stride = shape.inputChannels
  let group = shape.heads / shape.keyHeads
  var out = [Float](repeating: 0, count: qkv.rowCount * shape.channels)
  for tokens in sequences.ranges {
    let weights = naiveProbabilities(qkv, shape, of: tokens).elements
    for head in 0..<shape.heads {
      for (i, query) in tokens.enumerated() {
        for channel in 0..<shape.headWidth {
          var sum = 0.0
          for (j, key) in tokens.enumerated() {
            let v =
              key * stride + shape.channels + shape.keyChannels
              + head / group * shape.headWidth + channel
            sum +=
              Double(weights[(head * tokens.count + i) * tokens.count + j]) * Double(values[v])
          }
          out[query * shape.channels + head * shape.headWidth + channel] = Float(sum)
        }
      }
    }
  }
  return Tensor(out, shape: [qkv.rowCount, shape.channels])
}
