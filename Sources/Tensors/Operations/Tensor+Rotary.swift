import TesseraKernels

/// What turns queries and keys by the token's place.
package struct RotaryTables: Sendable {
  /// Which channels of a head turn together.
  package enum Pairs: Sendable {
    /// Neighbours; the tables have a number for each channel.
    case neighbours
    /// The same place in either half of the head; the tables have a number for each pair.
    case halves
  }

  /// [P, D] or [P, D/2], a row a token, from the first that turns.
  package let cosines: Tensor
  package let sines: Tensor
  package let pairs: Pairs
  /// The place in its sequence of the first token that turns; those before it stay as they are.
  package let firstToken: Int

  package init(
    cosines: Tensor, sines: Tensor, pairs: Pairs = .neighbours, from firstToken: Int = 0
  ) {
    precondition(
      cosines.shape == sines.shape && cosines.shape.count == 2 && firstToken >= 0,
      "cosines \(cosines.shape), sines \(sines.shape) from token \(firstToken)")
    self.cosines = cosines
    self.sines = sines
    self.pairs = pairs
    self.firstToken = firstToken
  }

  /// The longest sequence whose tokens all have a row.
  package var longestSequence: Int { firstToken + cosines.rowCount }

  /// Whether they suit heads of a width, and have a row for each token, so many before all of which
  /// were read earlier.
  func fit(
    _ shape: AttentionShape, _ sequences: PackedSequences, behind earlier: Int = 0
  ) -> Bool {
    cosines.rowWidth == (pairs == .halves ? shape.headWidth / 2 : shape.headWidth)
      && shape.headWidth.isMultiple(of: 2)
      && earlier + sequences.placeCount <= longestSequence
  }

  /// Turns some heads, one behind another, of the token at a place of its sequence; `out` may be x.
  func rotate(
    _ x: UnsafePointer<Float>, heads: Int = 1, width: Int, at place: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    guard place >= firstToken else {
      if UnsafePointer(out) != x { out.update(from: x, count: heads * width) }
      return
    }
    let table = KernelTable.active
    let kernel = pairs == .halves ? table.rotateHalves : table.rotate
    let angle = (place - firstToken) * cosines.rowWidth
    cosines.withElements { cosines in
      sines.withElements { sines in
        guard let cosines = cosines.baseAddress, let sines = sines.baseAddress else { return }
        for start in stride(from: 0, to: heads * width, by: width) {
          kernel(x + start, cosines + angle, sines + angle, out + start, width)
        }
      }
    }
  }
}

extension Tensor {
  /// Rotary position embedding of q and k: q, k and v side by side, v untouched.
  ///
  /// In each head, pairs (x₀, x₁) of channels turn: x·cos + (−x₁, x₀)·sin, with the tables' row for
  /// the token's place in its sequence. Su et al., "RoFormer"; in two dimensions as in EVA-02.
  ///
  /// - Parameter earlier: tokens of each sequence that were read before these.
  package func rotated(
    by tables: RotaryTables, _ shape: AttentionShape, in sequences: PackedSequences,
    behind earlier: Int = 0
  ) -> Tensor {
    let width = shape.headWidth
    precondition(
      self.shape == [sequences.tokenCount, shape.inputChannels]
        && tables.fit(shape, sequences, behind: earlier),
      "rotary embedding \(tables.cosines.shape) from token \(tables.firstToken) of \(self.shape) "
        + "in \(sequences.ranges) behind \(earlier) with heads of \(width)")
    let places = sequences.places
    let (stride, turned) = (shape.inputChannels, shape.channels + shape.keyChannels)
    return Tensor(shape: self.shape) { out in
      withElements { x in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        Parallel.forEachRange(sequences.tokenCount, minimum: 8) { rows in
          for row in rows {
            let (source, target) = (x + row * stride, out + row * stride)
            tables.rotate(
              source, heads: shape.heads + shape.keyHeads, width: width, at: earlier + places[row],
              into: target)
            (target + turned).update(from: source + turned, count: shape.keyChannels)
          }
        }
      }
    }
  }
}
