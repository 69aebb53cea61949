import TesseraTensors

/// What follows the attention in a layer, each token by itself: [T, C] → [T, C].
package protocol FeedForwardBlock: Sendable {
  /// Whether the weights are packed in memory.
  var isResident: Bool { get }

  /// The last projection, whose stage a trace shows before anything is added.
  var down: Linear { get }

  /// - Parameter residual: added last; a trace sees what it is added to.
  func callAsFunction(_ x: Tensor, adding residual: Tensor?, trace: Trace?) -> Tensor
}
