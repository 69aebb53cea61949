import TesseraCheckpoints
import TesseraTensors

/// A gated feed-forward with a norm inside: w3(ffn_ln(silu(w1 x) · w2 x)) + residual, [T, C] → [T, C].
package struct SwiGLU: Sendable {
  private let path: String
  private let w1AndW2: Linear
  private let names: (w1: String, w2: String)
  private let norm: LayerNorm
  package let w3: Linear
  private let hidden: Int

  /// What its four parts are called.
  package struct Spelling: Sendable {
    package let gate: String
    package let up: String
    package let norm: String
    package let down: String

    package static let original = Spelling(gate: "w1", up: "w2", norm: "ffn_ln", down: "w3")
    package static let timm = Spelling(gate: "fc1_g", up: "fc1_x", norm: "norm", down: "fc2")
  }

  package init(
    _ weights: Weights, width: Int, hidden: Int, epsilon: Float, spelling: Spelling = .original
  ) throws {
    path = weights.path
    let w1 = try Linear(weights[spelling.gate], inputs: width, outputs: hidden)
    let w2 = try Linear(weights[spelling.up], inputs: width, outputs: hidden)
    names = (w1.path, w2.path)
    w1AndW2 = Linear(stacking: [w1, w2], path: path)
    norm = try LayerNorm(weights[spelling.norm], width: hidden, epsilon: epsilon)
    w3 = try Linear(weights[spelling.down], inputs: hidden, outputs: width)
    self.hidden = hidden
  }

  /// Whether the weights are packed in memory.
  package var isResident: Bool { w1AndW2.isResident && w3.isResident }

  /// - Parameter residual: added last; a trace sees what it is added to.
  package func callAsFunction(_ x: Tensor, adding residual: Tensor, trace: Trace?) -> Tensor {
    if trace.mayJoinOperations, w1AndW2.isResident, let gated = w1AndW2.gated(x) {
      return w3(norm(gated), adding: residual)
    }
    var both = w1AndW2(x)  // [T, 2·hidden]
    if let trace {
      both = .sideBySide([
        trace.pass(names.w1, both.columns(0..<hidden)),
        trace.pass(names.w2, both.columns(hidden..<2 * hidden)),
      ])
    }
    let gated = trace.pass(
      norm.path,
      Profile.measure(.gate, path, .moving(floats: x.rowCount * 3 * hidden)) {
        both.swiGLU(normalizedBy: norm.parameters)
      })  // [T, hidden]
    return w3(gated, adding: residual, trace: trace, as: [w3.path, path])  // [T, C]
  }
}
