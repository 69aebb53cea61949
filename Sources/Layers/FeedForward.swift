import Checkpoints
import Tensors

/// Two linear layers with an activation between: [T, C] → [T, C].
///
/// BERT calls them `intermediate.dense` and `output.dense`, CLIP `mlp.fc1` and `mlp.fc2`.
package struct FeedForward: Sendable {
  private let up: Linear
  private let down: Linear
  private let activation: Activation
  /// The path of the stage behind the activation, where the reference has a module for it.
  private let activatedName: String

  package init(up: Linear, down: Linear, activation: Activation, activatedName: String) {
    self.up = up
    self.down = down
    self.activation = activation
    self.activatedName = activatedName
  }

  package func callAsFunction(_ x: Tensor, trace: Trace?) -> Tensor {
    // The fused product never holds the stage before the activation; a trace computes it again.
    trace?.record(up.path, up(x))
    let hidden = up(x, activation: activation)  // [T, intermediate]
    trace?.record(activatedName, hidden)
    let out = down(hidden)  // [T, C]
    trace?.record(down.path, out)
    return out
  }
}
