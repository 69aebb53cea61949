import Synchronization

/// Gathers how long each operation of a forward pass takes, and what it does.
///
/// ```swift
/// try Profile.$current.withValue(profile) { … }
/// ```
///
/// Where no profile is current, an operation pays one look at a task-local value.
package final class Profile: Sendable {
  @TaskLocal package static var current: Profile?

  package enum Kind: String, Sendable {
    case product, attention, rotary, norm, gate, lookup
  }

  /// What one operation did.
  package struct Work: Sendable {
    /// Multiplications and additions of products; 0 for other operations.
    package var operations: Double
    /// Bytes that must be read or written once, weights included.
    package var bytes: Double
    /// The modules that one product stands for, with the outputs of each; none but the entry's own
    /// where it is empty.
    package var parts: [(module: String, outputs: Int)] = []

    package init(operations: Double = 0, bytes: Double) {
      self.operations = operations
      self.bytes = bytes
    }

    /// Of an operation that reads and writes so many floats, and multiplies nothing.
    package static func moving(floats: Int) -> Work {
      Work(bytes: Double(floats * MemoryLayout<Float>.stride))
    }
  }

  package struct Entry: Sendable {
    /// The module's; where one product stands for several modules, the module that holds them.
    package let path: String
    package let kind: Kind
    package let seconds: Double
    package let work: Work
  }

  private let recorded = Mutex<[Entry]>([])

  package init() {}

  /// In the order of the computation.
  package var entries: [Entry] { recorded.withLock { $0 } }

  /// Operations of products, by the module that asked for them.
  package var operationsByModule: [String: Double] {
    entries.reduce(into: [:]) { sums, entry in
      let parts = entry.work.parts.isEmpty ? [(entry.path, 1)] : entry.work.parts
      let outputs = parts.reduce(0) { $0 + $1.1 }
      for (module, own) in parts {
        sums[module, default: 0] += entry.work.operations * Double(own) / Double(outputs)
      }
    }
  }

  /// Runs an operation, and times it where a profile is current.
  package static func measure<Value>(
    _ kind: Kind, _ path: @autoclosure () -> String, _ work: @autoclosure () -> Work,
    _ body: () -> Value
  ) -> Value {
    guard let profile = current else { return body() }
    let start = ContinuousClock.now
    let value = body()
    let time = ContinuousClock.now - start
    let entry = Entry(path: path(), kind: kind, seconds: time / .seconds(1), work: work())
    profile.recorded.withLock { $0.append(entry) }
    return value
  }
}
