import Foundation
import TesseraTensors

/// What some queries read of a sequence, apart by where it comes from.
package struct AttentionReading: Sendable {
  /// Of each token of the sequence: its share of the attention, the mean over heads and queries.
  package let mass: [Double]
  /// For each source, the sums of values over its tokens alone, [queries, H·D]; together they are
  /// the attention's result.
  package let contexts: [Tensor]
}

/// Which of some sources each row of a sequence belongs to, such as picture and words.
package struct RowSources: Sendable {
  package let count: Int
  /// For each row, an index below `count`.
  package let ofRows: [Int]

  package init(_ ofRows: [Int], count: Int) {
    precondition(ofRows.allSatisfy { (0..<count).contains($0) }, "sources \(ofRows) of \(count)")
    (self.ofRows, self.count) = (ofRows, count)
  }
}

extension SelfAttention {
  package var headCount: Int { shape.heads }

  /// The stages that hold queries, keys and values, in this order: three, or one.
  package var inputStages: [String] {
    switch stages {
    case .apart(let names): names
    case .together(let name): [name]
    }
  }

  /// Attention of the queries at some rows of one sequence, in double.
  ///
  /// - Parameter qkv: queries, keys and values of all rows as they are projected, side by side.
  /// - Precondition: queries and keys are not normalised.
  package func reading(_ qkv: Tensor, at rows: [Int], sources: RowSources) -> AttentionReading {
    precondition(
      headNorms == nil && wideNorms == nil && qkv.rowWidth == shape.inputChannels,
      "stages \(qkv.shape)")
    let sequence = PackedSequences(lengths: [qkv.rowCount])
    let qkv =
      rotary.map { qkv.rotated(by: $0.tables(for: sequence), shape, in: sequence) } ?? qkv
    let parts = Parallel.map(rows.count) { read(qkv, at: rows[$0], sources) }
    return AttentionReading(
      mass: (0..<qkv.rowCount).map { token in
        parts.reduce(0) { $0 + $1.mass[token] } / Double(rows.count)
      },
      contexts: (0..<sources.count).map { source in
        .concatenating(parts.map { $0.contexts[source] })
      })
  }

  /// Of one query, [H·D].
  private func read(_ qkv: Tensor, at row: Int, _ sources: RowSources) -> AttentionReading {
    let width = shape.headWidth
    let (channels, stride) = (shape.channels, shape.inputChannels)
    let visible = shape.sight.keys(of: row, count: qkv.rowCount)
    var mass = [Double](repeating: 0, count: qkv.rowCount)
    var contexts = [Double](repeating: 0, count: sources.count * channels)
    qkv.withElements { qkv in
      for head in 0..<shape.heads {
        let query = row * stride + shape.queryStart(head)
        var weights = visible.map { key in
          let start = key * stride + shape.keyStart(head)
          let product = (0..<width).reduce(0.0) {
            $0 + Double(qkv[query + $1]) * Double(qkv[start + $1])
          }
          return (product + shape.bias(of: head, distance: key - row)) * Double(shape.scale)
        }
        let largest = weights.max() ?? 0
        for key in weights.indices { weights[key] = exp(weights[key] - largest) }
        let sum = weights.reduce(0, +)
        for (key, weight) in zip(visible, weights) {
          let weight = weight / sum
          mass[key] += weight / Double(shape.heads)
          let start = sources.ofRows[key] * channels + head * width
          let value = key * stride + shape.valueStart(head)
          for i in 0..<width { contexts[start + i] += weight * Double(qkv[value + i]) }
        }
      }
    }
    return AttentionReading(
      mass: mass,
      contexts: (0..<sources.count).map { source in
        Tensor(
          contexts[source * channels..<(source + 1) * channels].map { Float($0) },
          shape: [1, channels])
      })
  }
}

extension Linear {
  /// Directions at the layer's end, carried back to its beginning: Wᵀ·g for each.
  package func pullingBack(_ directions: [[Double]]) -> [[Double]] {
    // Wᵀ, as the layer keeps its weights in an order of its own.
    let transposed = withoutBias(.identity(inputs))
    return Parallel.map(directions.count) { index in
      let direction = directions[index]
      return transposed.withElements { weights in
        (0..<inputs).map { input in
          direction.indices.reduce(0.0) {
            $0 + Double(weights[input * outputs + $1]) * direction[$1]
          }
        }
      }
    }
  }
}

extension Tensor {
  /// Ones on the diagonal: [count, count].
  fileprivate static func identity(_ count: Int) -> Tensor {
    Tensor(shape: [count, count]) { out in
      out.initialize(repeating: 0)
      for i in 0..<count { out[i * count + i] = 1 }
    }
  }
}
