import TesseraEmbedders

/// What patches do to the vector of one item.
public struct PatchEffect: Sendable {
  /// The vectors of the run as it is.
  public let before: Embedding
  /// Those of the run with the patches.
  public let after: Embedding

  /// The cosine of the vector before with the one after.
  public var cosine: Float { before.similarity(to: after) }

  /// The Euclidean norm of the vector's change.
  public var changeNorm: Float {
    let square = zip(before.vector, after.vector).reduce(0.0) { sum, pair in
      let difference = Double(pair.1) - Double(pair.0)
      return sum + difference * difference
    }
    return Float(square.squareRoot())
  }
}

extension Embedder {
  /// Encodes an item twice, as it is and with stages changed.
  ///
  /// - Throws: `PatchError`, `EmbedderError`; `CancellationError` if the surrounding task was
  ///   cancelled.
  public func effect(of patches: [StagePatch], on item: Item) throws -> PatchEffect {
    let before = try encode(item)
    // No stage has an empty name: none is kept.
    let after = try encodeTracing(item, matching: [""], patching: patches).embedding
    return PatchEffect(before: before, after: after)
  }
}
