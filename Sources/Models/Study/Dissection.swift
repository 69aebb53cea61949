import Synchronization
import TesseraLayers
import TesseraTensors

/// The vector of one input, taken apart along a direction.
package struct Dissection: Sendable {
  /// What each part of the model adds to vector·direction, the vector scaled to length 1.
  package var contributions: DirectContributions
  /// For each layer, how much of its attention each row of the sequence gets from the rows that
  /// become the vector: the mean over heads, and over those rows.
  package var attention: [[Double]]
  /// What each cell of a picture adds, where the vector is read of all cells alike; nil elsewhere.
  package var cells: CellTerms?
}

/// Terms of vector·direction by places of a picture, as the last layer leaves them.
package struct CellTerms: Sendable, Equatable {
  /// Of a grid, row by row.
  package let values: [Double]
  package let columns: Int
}

/// The terms of vector·direction; they sum to it, but for rounding.
///
/// Every LayerNorm behind a part is taken as the linear map that it is once its scale is frozen.
package struct DirectContributions: Sendable, Equatable {
  /// What enters the first layer, at the rows that become the vector.
  package var embeddings = 0.0
  package var layers: [Layer] = []
  /// The biases of the norm and the projection behind the last layer.
  package var finalNorm = 0.0

  package struct Layer: Sendable, Equatable {
    /// Of each head, by what it read: [heads][sources].
    package var heads: [[Double]] = []
    /// Without its bias; of a convolution, all that it adds.
    package var feedForward = 0.0
    /// Of the attention's output projection, and of the feed-forward.
    package var biases = 0.0
    /// The biases of the layer's norms.
    package var norms = 0.0
  }

  /// Counts another part of the vector in, whose layers come behind.
  mutating func add(_ other: DirectContributions) {
    embeddings += other.embeddings
    layers += other.layers
    finalNorm += other.finalNorm
  }
}

/// Gathers from a run what a dissection needs: of each stage only the rows that become the vector.
final class RowRecord: Sendable {
  let rows: [Int]
  private let sources: RowSources
  private let attentions: [SelfAttention]
  private let stages: Set<String>
  private let state = Mutex(State())

  private struct State {
    var tensors: [String: Tensor] = [:]
    var readings: [AttentionReading] = []
  }

  /// - Parameters:
  ///   - rows: that become the vector.
  ///   - attentions: those to be read, in the order of the layers.
  ///   - stages: those to be kept.
  init(rows: [Int], sources: RowSources, attentions: [SelfAttention], stages: [String]) {
    self.rows = rows
    self.sources = sources
    self.attentions = attentions
    self.stages = Set(stages)
  }

  /// Shows a run to this record, and changes nothing in it.
  var trace: Trace {
    Trace(
      where: { _ in false },
      replacing: Trace.Hook { [self] name in
        stages.contains(name) || attentions.contains { $0.inputStages.contains(name) }
      } replacement: { [self] stage in
        take(stage)
        return nil
      })
  }

  var readings: [AttentionReading] { state.withLock { $0.readings } }

  /// The kept rows of a stage, [rows, C].
  subscript(name: String) -> Tensor {
    guard let tensor = state.withLock({ $0.tensors[name] }) else {
      preconditionFailure("the run has no stage \(name)")
    }
    return tensor
  }

  private func take(_ stage: Trace.Stage) {
    guard let attention = attentions.first(where: { $0.inputStages.contains(stage.name) }) else {
      state.withLock { $0.tensors[stage.name] = stage.tensor.rows(at: rows) }
      return
    }
    // A layer's queries and keys come before its values.
    let earlier = attention.inputStages.dropLast()
    guard !earlier.contains(stage.name) else {
      state.withLock { $0.tensors[stage.name] = stage.tensor }
      return
    }
    let reading = attention.reading(
      .sideBySide(earlier.map { self[$0] } + [stage.tensor]), at: rows, sources: sources)
    state.withLock { state in
      state.readings.append(reading)
      for name in earlier { state.tensors[name] = nil }
    }
  }
}

extension [Double] {
  /// Two rows added.
  static func sum(_ a: Tensor, _ b: Tensor) -> [Double] {
    zip(a.elements, b.elements).map { Double($0) + Double($1) }
  }
}

extension Tensor {
  /// The Euclidean norm of all elements, summed in double.
  var norm: Double {
    withElements { $0.reduce(0.0) { $0 + Double($1) * Double($1) } }.squareRoot()
  }
}
