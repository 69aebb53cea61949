import TesseraCheckpoints
import TesseraTensors

/// Two linear layers with an activation between: [T, C] → [T, C].
///
/// Checkpoints call them `intermediate.dense` and `output.dense`, or `mlp.fc1` and `mlp.fc2`.
package struct FeedForward: FeedForwardBlock {
  private let up: Linear
  package let down: Linear
  private let activation: Activation
  /// The path of the stage behind the activation, where the reference has a module for it.
  private let activatedName: String

  package init(up: Linear, down: Linear, activation: Activation, activatedName: String) {
    self.up = up
    self.down = down
    self.activation = activation
    self.activatedName = activatedName
  }

  /// Whether the weights are packed in memory.
  package var isResident: Bool { up.isResident && down.isResident }

  /// - Parameter residual: added last; a trace sees what it is added to.
  package func callAsFunction(
    _ x: Tensor, adding residual: Tensor? = nil, trace: Trace?
  ) -> Tensor {
    if trace.mayJoinOperations, isResident,
      let out = up.feedForward(x, activation, down, adding: residual)
    {
      return out
    }
    var hidden: Tensor  // [T, intermediate]
    if let trace, trace.wants(up.path) {
      // The fused product never holds the stage before the activation. Apart, both are the same
      // bits: the function is applied to one number at a time.
      hidden = trace.pass(up.path, up(x)).activated(activation)
    } else {
      hidden = up(x, activation: activation)
    }
    hidden = trace.pass(activatedName, hidden)
    return down(hidden, adding: residual, trace: trace, as: [down.path])  // [T, C]
  }
}
