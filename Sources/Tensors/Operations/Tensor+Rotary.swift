import TesseraKernels

/// What turns queries and keys by the token's place.
package struct RotaryTables: Sendable {
  /// [P, D], a row a token, from the first that turns.
  package let cosines: Tensor
  package let sines: Tensor
  /// The place in its sequence of the first token that turns; those before it stay as they are.
  package let firstToken: Int

  package init(cosines: Tensor, sines: Tensor, from firstToken: Int = 0) {
    precondition(
      cosines.shape == sines.shape && cosines.shape.count == 2 && firstToken >= 0,
      "cosines \(cosines.shape), sines \(sines.shape) from token \(firstToken)")
    self.cosines = cosines
    self.sines = sines
    self.firstToken = firstToken
  }

  /// The longest sequence whose tokens all have a row.
  package var longestSequence: Int { firstToken + cosines.rowCount }

  /// Whether they suit heads of a width, and have a row for each token.
  func fit(_ shape: AttentionShape, _ sequences: PackedSequences) -> Bool {
    cosines.rowWidth == shape.headWidth && shape.headWidth.isMultiple(of: 2)
      && sequences.ranges.allSatisfy { $0.count <= longestSequence }
  }
}

extension Tensor {
  /// Rotary position embedding of q and k: [T, 3·H·D] → the same, v untouched.
  ///
  /// In each head, pairs (x₀, x₁) of neighbouring channels turn:
  /// x·cos + (−x₁, x₀)·sin, with the tables' row for the token's place in its sequence. Su et al.,
  /// "RoFormer"; in two dimensions as in EVA-02.
  package func rotated(
    by tables: RotaryTables, _ shape: AttentionShape, in sequences: PackedSequences
  ) -> Tensor {
    let width = shape.headWidth
    let (cosines, sines) = (tables.cosines, tables.sines)
    precondition(
      self.shape == [sequences.tokenCount, 3 * shape.channels]
        && tables.fit(shape, sequences),
      "rotary embedding \(cosines.shape) from token \(tables.firstToken) of \(self.shape) in "
        + "\(sequences.ranges) with heads of \(width)")
    let places = sequences.ranges.flatMap { 0..<$0.count }
    let (stride, turned) = (3 * shape.channels, 2 * shape.channels)
    let table = KernelTable.active
    return Tensor(shape: self.shape) { out in
      withElements { x in
        cosines.withElements { cosines in
          sines.withElements { sines in
            guard let x = x.baseAddress, let out = out.baseAddress,
              let cosines = cosines.baseAddress,
              let sines = sines.baseAddress
            else { return }
            Parallel.forEachRange(sequences.tokenCount, minimum: 8) { rows in
              for row in rows {
                let (source, target) = (x + row * stride, out + row * stride)
                let angle = (places[row] - tables.firstToken) * width
                if angle < 0 {
                  target.update(from: source, count: stride)
                  continue
                }
                for start in Swift.stride(from: 0, to: turned, by: width) {
                  table.rotate(
                    source + start, cosines + angle, sines + angle, target + start, width)
                }
                (target + turned).update(from: source + turned, count: shape.channels)
              }
            }
          }
        }
      }
    }
  }
}
