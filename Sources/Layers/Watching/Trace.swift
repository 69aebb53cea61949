import Synchronization
import TesseraTensors

/// Gathers intermediate activations by name, and lets a study replace them.
///
/// A name is the module path that a PyTorch forward hook would report. A stage costs one line in a
/// layer, and one nil test in a run that is not traced; what follows it computes with the value
/// that comes back:
///
/// ```swift
/// x = trace.pass("\(path).output", x)
/// ```
package final class Trace: Sendable {
  package struct Stage: Sendable {
    package let name: String
    package let tensor: Tensor
  }

  /// Replaces stages in the course of a run.
  package struct Hook: Sendable {
    /// Which stages it wants to see.
    let isConcerned: @Sendable (_ name: String) -> Bool
    /// What is to stand in the stage's place; nil leaves it.
    let replacement: @Sendable (Stage) throws -> Tensor?

    package init(
      concerning isConcerned: @escaping @Sendable (_ name: String) -> Bool,
      replacement: @escaping @Sendable (Stage) throws -> Tensor?
    ) {
      self.isConcerned = isConcerned
      self.replacement = replacement
    }
  }

  private struct Records {
    var stages: [Stage] = []
    var names: Set<String> = []
    var error: (any Error)?
  }

  private let records = Mutex(Records())
  private let isKept: @Sendable (String) -> Bool
  private let hook: Hook?

  /// - Parameter isKept: says which stages are recorded, as they are when the hook is done.
  package init(
    where isKept: @escaping @Sendable (String) -> Bool = { _ in true }, replacing hook: Hook? = nil
  ) {
    self.isKept = isKept
    self.hook = hook
  }

  /// What was recorded, in the order of the computation.
  package var stages: [Stage] { records.withLock { $0.stages } }

  /// The names of all stages that the run came by, recorded or not.
  package var names: Set<String> { records.withLock { $0.names } }

  /// Throws what the hook threw first: layers do not throw, so a run goes on without the
  /// replacement that failed.
  package func requireSuccess() throws {
    if let error = records.withLock({ $0.error }) { throw error }
  }

  /// Whether a stage is recorded or may be replaced; notes that the run has it.
  ///
  /// Asked before a stage is computed that a fused operation would not have.
  package func wants(_ name: String) -> Bool {
    _ = records.withLock { $0.names.insert(name) }
    return isKept(name) || hook?.isConcerned(name) == true
  }

  /// Records a stage, and gives what the rest of the run is to use in its place.
  fileprivate func pass(_ stage: Stage) -> Tensor {
    let tensor = replacement(of: stage) ?? stage.tensor
    if isKept(stage.name) {
      records.withLock { $0.stages.append(Stage(name: stage.name, tensor: tensor)) }
    }
    return tensor
  }

  private func replacement(of stage: Stage) -> Tensor? {
    guard let hook, hook.isConcerned(stage.name) else { return nil }
    do {
      guard let tensor = try hook.replacement(stage) else { return nil }
      guard tensor.shape == stage.tensor.shape else {
        throw TraceError.shape(
          stage: stage.name, expected: stage.tensor.shape, found: tensor.shape)
      }
      return tensor
    } catch {
      records.withLock { $0.error = $0.error ?? error }
      return nil
    }
  }
}

extension Trace? {
  /// Shows a stage to the trace, if there is one, and gives what the run goes on with.
  package func pass(_ name: @autoclosure () -> String, _ tensor: Tensor) -> Tensor {
    guard let trace = self else { return tensor }
    return trace.pass(name(), tensor)
  }

  /// Whether operations may be joined, since nobody looks at what stands between them: neither a
  /// trace nor a profile.
  var mayJoinOperations: Bool { self == nil && Profile.current == nil }

  /// Whether each stage is wanted of all tokens, as the reference computes it.
  var seesAllTokens: Bool { self != nil }
}

extension Trace {
  /// Shows a stage, and gives what the run goes on with.
  package func pass(_ name: String, _ tensor: @autoclosure () -> Tensor) -> Tensor {
    let tensor = tensor()
    return wants(name) ? pass(Stage(name: name, tensor: tensor)) : tensor
  }
}

/// A replacement that does not fit.
package enum TraceError: Error, Equatable, CustomStringConvertible {
  case shape(stage: String, expected: [Int], found: [Int])

  package var description: String {
    switch self {
    case .shape(let stage, let expected, let found):
      "stage \(stage): expected a replacement of shape \(expected), found \(found)"
    }
  }
}
