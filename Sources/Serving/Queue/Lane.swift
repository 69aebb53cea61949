import Synchronization

/// One way of computing pieces together: a model, and what is asked of it.
package struct Lane<Piece: Sendable, Result: Sendable>: Sendable {
  let number: Int
  /// Results in the order of the pieces, as many.
  let compute: @Sendable ([Piece]) throws -> [Result]

  package init(_ compute: @escaping @Sendable ([Piece]) throws -> [Result]) {
    number = laneCount.wrappingAdd(1, ordering: .relaxed).newValue
    self.compute = compute
  }
}

private let laneCount = Atomic<Int>(0)
