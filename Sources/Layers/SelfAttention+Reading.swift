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
  package var queryPath: String { stageNames[0] }
  package var keyPath: String { stageNames[1] }
  package var valuePath: String { stageNames[2] }

  /// Of q, k and v.
  private var stageNames: [String] {
    switch stages {
    case .apart(let names): names
    case .together(let name): [name, name, name]
    }
  }

  /// Attention of the queries at some rows of one sequence, in double.
  ///
  /// - Parameters:
  ///   - queries: [rows, H·D], of those rows only.
  ///   - keys: [T, H·D], or less where heads share them; values likewise.
  /// - Precondition: there is no rotary embedding.
  package func reading(
    queries: Tensor, at rows: [Int], keys: Tensor, values: Tensor, sources: RowSources
  ) -> AttentionReading {
    precondition(rotary == nil && queries.rowCount == rows.count, "queries \(queries.shape)")
    let parts = Parallel.map(rows.count) { index in
      read(queries.row(index), at: rows[index], keys, values, sources)
    }
    let tokens = 0..<keys.rowCount
    return AttentionReading(
      mass: tokens.map { token in
        parts.reduce(0) { $0 + $1.mass[token] } / Double(rows.count)
      },
      contexts: (0..<sources.count).map { source in
        .concatenating(parts.map { $0.contexts[source] })
      })
  }

  /// Of one query, [H·D].
  private func read(
    _ query: Tensor, at row: Int, _ keys: Tensor, _ values: Tensor, _ sources: RowSources
  ) -> AttentionReading {
    let width = shape.headWidth
    let (channels, keyChannels) = (shape.channels, shape.keyChannels)
    let visible = shape.sight.keys(of: row, count: keys.rowCount)
    var mass = [Double](repeating: 0, count: keys.rowCount)
    var contexts = [Double](repeating: 0, count: sources.count * channels)
    let q = query.elements.map(Double.init)
    keys.withElements { keys in
      values.withElements { values in
        for head in 0..<shape.heads {
          let first = head * width
          let keyFirst = head / shape.groupSize * width
          var weights = visible.map { key in
            let product = (0..<width).reduce(0.0) {
              $0 + q[first + $1] * Double(keys[key * keyChannels + keyFirst + $1])
            }
            return (product + shape.bias(of: head, distance: key - row)) * Double(shape.scale)
          }
          let largest = weights.max() ?? 0
          for key in weights.indices { weights[key] = exp(weights[key] - largest) }
          let sum = weights.reduce(0, +)
          for (key, weight) in zip(visible, weights) {
            let weight = weight / sum
            mass[key] += weight / Double(shape.heads)
            let start = sources.ofRows[key] * channels
            for i in 0..<width {
              contexts[start + first + i] +=
                weight * Double(values[key * keyChannels + keyFirst + i])
            }
          }
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
  /// What each head, with what it read of each source, adds in the directions of the rows:
  /// Σ over rows of g·(W·context), the context cut to the head's columns. [heads][sources].
  ///
  /// - Parameters:
  ///   - contexts: of each source, [rows, inputs].
  ///   - directions: g of each row, [outputs].
  package func shares(
    ofHeads heads: Int, contexts: [Tensor], along directions: [[Double]]
  ) -> [[Double]] {
    let width = inputs / heads
    let rows = directions.count
    let all = Tensor.concatenating(contexts)  // [sources·rows, inputs]
    return (0..<heads).map { head in
      let zeros = (
        Tensor(zeros: [all.rowCount, head * width]),
        Tensor(zeros: [all.rowCount, inputs - (head + 1) * width])
      )
      let own = all.columns(head * width..<(head + 1) * width)
      let added = withoutBias(.sideBySide([zeros.0, own, zeros.1]))  // [sources·rows, outputs]
      return contexts.indices.map { source in
        directions.indices.reduce(0) { sum, row in
          sum + added.row(source * rows + row).dot(directions[row])
        }
      }
    }
  }
}
