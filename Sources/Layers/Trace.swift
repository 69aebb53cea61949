import Synchronization
import Tensors

/// Gathers intermediate activations by name, for study.
///
/// A name is the module path that a PyTorch forward hook would report. A stage costs one line in a
/// layer, and one nil test in a run that is not traced:
///
/// ```swift
/// trace?.record("\(path).output", x)
/// ```
package final class Trace: Sendable {
  package struct Stage: Sendable {
    package let name: String
    package let tensor: Tensor
  }

  private let recorded = Mutex<[Stage]>([])
  private let isWanted: @Sendable (String) -> Bool

  /// - Parameter isWanted: says which names are kept.
  package init(where isWanted: @escaping @Sendable (String) -> Bool = { _ in true }) {
    self.isWanted = isWanted
  }

  /// What was recorded, in the order of the computation.
  package var stages: [Stage] { recorded.withLock { $0 } }

  package func record(_ name: String, _ tensor: @autoclosure () -> Tensor) {
    guard isWanted(name) else { return }
    let tensor = tensor()
    recorded.withLock { $0.append(Stage(name: name, tensor: tensor)) }
  }
}
