import TesseraEmbedders
import TesseraModels

/// What a report says of one stack of layers.
struct ReportStack {
  /// What happens to the lengths of vectors: of the first token, and means over patches and words.
  struct Norms {
    let label: String
    let first: Double
    let patches: Double?
    let words: Double?
  }

  let stack: LayerStack
  let sequence: TokenSequence
  let attention: PackedAttention
  /// Where the first token looks, a layer each; means of the heads.
  let shares: [AttentionShares]
  let norms: [Norms]

  /// The stacks of a run, their attention packed so that all of it fits into a page.
  ///
  /// - Throws: `ReportError.tooLarge`.
  static func all(
    of traced: TracedEmbedding, _ sequences: [(LayerStack, TokenSequence)], _ names: StageNames
  ) throws -> [ReportStack] {
    let layers = try sequences.map { stack, sequence in
      try traced.stages.filter {
        $0.name.hasSuffix(".probs") && names.isStage($0.name, of: stack)
      }.map {
        try Attention($0, of: sequence)
      }
    }
    let packing = try AttentionPacking(fitting: layers)
    return try zip(sequences, layers).map { entry, layers in
      let means = try layers.map { try $0.map(of: .mean) }
      return ReportStack(
        stack: entry.0, sequence: entry.1, attention: try PackedAttention(layers, packing),
        shares: means.map { AttentionShares($0.row(0), entry.1.tokens) },
        norms: norms(traced.stages, entry.0, entry.1, names))
    }
  }

  private static func norms(
    _ stages: [TracedEmbedding.Stage], _ stack: LayerStack, _ sequence: TokenSequence,
    _ names: StageNames
  ) -> [Norms] {
    let outputs = stages.filter {
      $0.shape.count == 2 && $0.shape[0] == sequence.tokens.count
        && names.isStage($0.name, of: stack)
        && names.label(ofOutput: $0.name) != nil
    }
    return outputs.map { stage in
      let width = stage.shape[1]
      let norms = sequence.tokens.indices.map { token in
        stage.values[token * width..<(token + 1) * width]
          .reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      }
      func mean(_ isWanted: (TokenSequence.Token) -> Bool) -> Double? {
        let wanted = zip(sequence.tokens, norms).filter { isWanted($0.0) }.map(\.1)
        return wanted.isEmpty ? nil : wanted.reduce(0, +) / Double(wanted.count)
      }
      return Norms(
        label: names.label(ofOutput: stage.name) ?? "", first: norms[0], patches: mean(\.isPatch),
        words: mean { $0.kind == .word || $0.kind == .unknown })
    }
  }
}
