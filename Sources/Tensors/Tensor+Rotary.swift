extension Tensor {
  /// Rotary position embedding of q and k: [T, 3·H·D] → the same, v untouched.
  ///
  /// In each head, pairs (x₀, x₁) of neighbouring channels turn:
  /// x·cos + (−x₁, x₀)·sin, with row i of `cosines` and `sines` [P, D] for the i-th token behind
  /// the class token, which itself stays as it is. Su et al., "RoFormer"; in two dimensions as in
  /// EVA-02.
  package func rotated(
    cosines: Tensor, sines: Tensor, _ shape: AttentionShape, in sequences: PackedSequences
  ) -> Tensor {
    let width = shape.headWidth
    precondition(
      self.shape == [sequences.tokenCount, 3 * shape.channels] && cosines.shape == sines.shape
        && cosines.shape.last == width && width.isMultiple(of: 2),
      "rotary embedding \(cosines.shape) of \(self.shape) with heads of \(width)")
    precondition(
      sequences.ranges.allSatisfy { $0.count == cosines.rowCount + 1 },
      "rotary embedding of \(cosines.rowCount) patches for sequences \(sequences.ranges)")
    return Tensor(shape: self.shape) { out in
      withElements { _ = out.initialize(from: $0) }
      cosines.withElements { cosines in
        sines.withElements { sines in
          Parallel.forEach(sequences.count) { sequence in
            for (patch, token) in sequences.ranges[sequence].dropFirst().enumerated() {
              for head in 0..<2 * shape.heads {
                let start = token * 3 * shape.channels + head * width
                for i in stride(from: 0, to: width, by: 2) {
                  let (x0, x1) = (out[start + i], out[start + i + 1])
                  let angle = patch * width + i
                  out[start + i] = x0 * cosines[angle] - x1 * sines[angle]
                  out[start + i + 1] = x1 * cosines[angle + 1] + x0 * sines[angle + 1]
                }
              }
            }
          }
        }
      }
    }
  }
}
