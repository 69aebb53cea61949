import Foundation
import TesseraJSON
import TesseraTensors

/// A function behind a head, by PyTorch's name of its class, with the class's defaults.
package enum TorchActivation: String, Sendable, CaseIterable {
  case identity = "Identity"
  case tanh = "Tanh"
  case sigmoid = "Sigmoid"
  case relu = "ReLU"
  case gelu = "GELU"
  case silu = "SiLU"
  case leakyReLU = "LeakyReLU"
  case elu = "ELU"
  case selu = "SELU"
  case softplus = "Softplus"
  case softsign = "Softsign"
  case mish = "Mish"
  case hardtanh = "Hardtanh"
  case relu6 = "ReLU6"
  /// Over each row.
  case softmax = "Softmax"

  /// Reads a class by its path, such as `torch.nn.modules.activation.Tanh`.
  ///
  /// - Throws: `FieldError` for classes that are none of PyTorch's, and others that are not known.
  package init(_ field: Field) throws {
    let path = try field.string()
    let name = path.split(separator: ".").last.map(String.init) ?? ""
    guard path.hasPrefix("torch.nn."), let known = Self(rawValue: name) else {
      throw field.wrongType(
        "torch.nn's " + Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = known
  }

  /// Each number, or for softmax each row: [B, C] → [B, C].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    guard self != .identity else { return x }
    let width = max(x.shape.last ?? 1, 1)
    return Tensor(shape: x.shape) { out in
      x.withElements { x in
        for start in stride(from: 0, to: x.count, by: width) {
          let values = self(x[start..<start + width].map(Double.init))
          for (i, value) in values.enumerated() { out[start + i] = Float(value) }
        }
      }
    }
  }

  /// One row.
  package func callAsFunction(_ row: [Double]) -> [Double] {
    guard self == .softmax else { return row.map(value) }
    let largest = row.max() ?? 0
    let weights = row.map { exp($0 - largest) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  private func value(_ x: Double) -> Double {
    switch self {
    case .identity, .softmax: x
    case .tanh: Foundation.tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    // Written so that NaN stays.
    case .relu: x < 0 ? 0 : x
    case .gelu: x / 2 * (1 + erf(x / 2.0.squareRoot()))
    case .silu: x / (1 + exp(-x))
    case .leakyReLU: x < 0 ? 0.01 * x : x
    case .elu: x < 0 ? expm1(x) : x
    case .selu: 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * expm1(x) : x)
    // Linear above 20, as the class has it.
    case .softplus: x > 20 ? x : log1p(exp(x))
    case .softsign: x / (1 + abs(x))
    case .mish: x * Foundation.tanh(x > 20 ? x : log1p(exp(x)))
    case .hardtanh: x < -1 ? -1 : x > 1 ? 1 : x
    case .relu6: x < 0 ? 0 : x > 6 ? 6 : x
    }
  }
}
