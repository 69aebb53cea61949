import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors

/// `2_Dense/config.json`.
struct DenseConfig: Sendable {
  let inputs: Int
  let inputsField: Field
  let outputs: Int
  let hasBias: Bool
  let activation: TorchActivation
  let hasResidual: Bool

  /// The defaults are the format's: older files do not name the activation.
  ///
  /// - Throws: `FieldError`.
  init(_ config: Config) throws {
    inputsField = try config.required("in_features")
    inputs = try inputsField.int(in: 1...1 << 24)
    outputs = try config.int("out_features", in: 1...1 << 24)
    hasBias = try config.optional("bias")?.bool() ?? true
    activation = try config.optional("activation_function").map(TorchActivation.init) ?? .tanh
    hasResidual = try config.optional("use_residual")?.bool() ?? false
  }
}

/// activation(x·Wᵀ + b), and what came in added where the folder says so: [B, C] → [B, C′].
///
/// sentence-transformers' `Dense`.
struct Dense: Sendable {
  private let path: String
  private let linear: Linear
  private let activation: TorchActivation
  private let residual: Residual

  private enum Residual {
    case none
    case identity
    case projection(Linear)
  }

  init(_ weights: Weights, _ config: DenseConfig, path: String) throws {
    self.path = path
    linear = try Linear(
      weights["linear"], inputs: config.inputs, outputs: config.outputs, hasBias: config.hasBias)
    activation = config.activation
    residual =
      if !config.hasResidual {
        .none
      } else if config.inputs == config.outputs {
        .identity
      } else {
        .projection(
          try Linear(
            weights["residual"], inputs: config.inputs, outputs: config.outputs, hasBias: false))
      }
  }

  func callAsFunction(_ x: Tensor, trace: Trace?) -> Tensor {
    let out = activation(trace.pass("\(path).linear", linear(x)))
    let sum =
      switch residual {
      case .none: out
      case .identity: out + x
      case .projection(let linear): out + linear(x)
      }
    return trace.pass(path, sum)
  }
}
