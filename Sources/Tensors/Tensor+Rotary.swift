import TesseraKernels

/// What turns queries and keys by the token's place.
package struct RotaryTables: Sendable {
  /// [P, D], for the tokens behind the first.
  package let cosines: Tensor
  package let sines: Tensor

  package init(cosines: Tensor, sines: Tensor) {
    precondition(
      cosines.shape == sines.shape && cosines.shape.count == 2,
      "cosines \(cosines.shape), sines \(sines.shape)")
    self.cosines = cosines
    self.sines = sines
  }
}

extension Tensor {
  /// Rotary position embedding of q and k: [T, 3·H·D] → the same, v untouched.
  ///
  /// In each head, pairs (x₀, x₁) of neighbouring channels turn:
  /// x·cos + (−x₁, x₀)·sin, with row i of `cosines` and `sines` [P, D] for the i-th token behind
  /// the class token, which itself stays as it is. Su et al., "RoFormer"; in two dimensions as in
  /// EVA-02.
  package func rotated(
    by tables: RotaryTables, _ shape: AttentionShape, in sequences: PackedSequences
  ) -> Tensor {
    let width = shape.headWidth
    let (cosines, sines) = (tables.cosines, tables.sines)
    precondition(
      self.shape == [sequences.tokenCount, 3 * shape.channels]
        && cosines.shape.last == width && width.isMultiple(of: 2),
      "rotary embedding \(cosines.shape) of \(self.shape) with heads of \(width)")
    precondition(
      sequences.ranges.allSatisfy { $0.count == cosines.rowCount + 1 },
      "rotary embedding of \(cosines.rowCount) patches for sequences \(sequences.ranges)")
    let patches = cosines.rowCount
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
            let tokens = 1 + patches
            Parallel.forEachRange(sequences.tokenCount, minimum: 8) { rows in
              for row in rows {
                let (source, target) = (x + row * stride, out + row * stride)
                let patch = row % tokens - 1
                if patch < 0 {
                  target.update(from: source, count: stride)
                  continue
                }
                for start in Swift.stride(from: 0, to: turned, by: width) {
                  table.rotate(
                    source + start, cosines + patch * width, sines + patch * width,
                    target + start, width)
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
