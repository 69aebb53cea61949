extension Tensor {
  /// Attention by weights that are given, where they are not those that were computed: from q, k
  /// and v side by side, the weighted sums of v for one sequence.
  ///
  /// A query whose weights are the same bits keeps what `context` has, so that giving back what was
  /// computed changes nothing.
  ///
  /// - Parameters:
  ///   - given: [H, tokens, tokens]; rows need not sum to 1.
  ///   - computed: the weights that belong to `context`, [H, tokens, tokens].
  ///   - context: [T, H·D].
  package func attention(
    _ shape: AttentionShape, of tokens: Range<Int>, by given: Tensor, insteadOf computed: Tensor,
    changing context: Tensor
  ) -> Tensor {
    let count = tokens.count
    let width = shape.headWidth
    precondition(
      given.shape == [shape.heads, count, count] && given.shape == computed.shape,
      "attention weights \(given.shape) and \(computed.shape) for \(count) tokens")
    return Tensor(shape: context.shape) { out in
      context.withElements { _ = out.initialize(from: $0) }
      withElements { qkv in
        given.withElements { given in
          computed.withElements { computed in
            Parallel.forEach(shape.heads * count) { index in
              let (head, query) = (index / count, index % count)
              let line = index * count..<(index + 1) * count
              guard line.contains(where: { given[$0].bitPattern != computed[$0].bitPattern })
              else { return }
              let start = (tokens.lowerBound + query) * shape.channels + head * width
              for i in 0..<width { out[start + i] = 0 }
              for (key, weight) in zip(tokens, line) {
                let value = key * shape.inputChannels + shape.valueStart(head)
                for i in 0..<width { out[start + i] += given[weight] * qkv[value + i] }
              }
            }
          }
        }
      }
    }
  }

  /// Matrices of as many rows beside one another: [T, A], [T, B] … → [T, A + B …].
  package static func sideBySide(_ parts: [Tensor]) -> Tensor {
    let rows = parts.first?.rowCount ?? 0
    let width = parts.reduce(0) { $0 + $1.rowWidth }
    for part in parts {
      precondition(part.shape.count == 2 && part.rowCount == rows, "\(part.shape) of \(rows) rows")
    }
    return Tensor(shape: [rows, width]) { out in
      var column = 0
      for part in parts {
        part.withElements { x in
          for row in 0..<rows {
            let source = x[row * part.rowWidth..<(row + 1) * part.rowWidth]
            let start = row * width + column
            _ = out[start..<start + part.rowWidth].initialize(fromContentsOf: source)
          }
        }
        column += part.rowWidth
      }
    }
  }
}
