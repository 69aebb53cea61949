import TesseraLayers
import TesseraTensors

/// A stack of layers that reads texts: ids become the last layer's vectors.
protocol TextTower: Sendable {
  /// Length of a token's vector, C.
  var width: Int { get }

  /// The texts of a batch as they enter the first layer: [T, C].
  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor

  /// The layers, one after another: [T, C] → [T, C].
  ///
  /// - Parameter rows: one token of each sequence, if no other is wanted: → [B, C].
  /// - Throws: `CancellationError` between two layers.
  func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor
}

extension TextTower {
  /// The texts of a batch, without padding → [T, C], and where each lies.
  ///
  /// - Parameter tokens: one of each text, if no other is wanted: → [B, C].
  func callAsFunction(
    _ inputs: [ModelInput], keeping tokens: [Int]? = nil, trace: Trace?
  ) throws -> (hidden: Tensor, sequences: PackedSequences) {
    let sequences = inputs.textSequences
    let rows = tokens.map { zip(sequences.starts, $0).map { $0 + $1 } }
    let x = embed(inputs, trace: trace)
    return (try run(x, in: sequences, keeping: rows, trace: trace), sequences)
  }

  /// With `keepingFirst`, the class tokens alone: [B, C].
  func callAsFunction(
    _ inputs: [ModelInput], keepingFirst: Bool, trace: Trace?
  ) throws -> (hidden: Tensor, sequences: PackedSequences) {
    try self(inputs, keeping: keepingFirst ? inputs.map { _ in 0 } : nil, trace: trace)
  }
}

extension TextTower {
  /// The texts of a batch, a vector each: → [B, modes · C].
  ///
  /// Where one row of each is pooled, the last layer computes no other.
  ///
  /// - Parameter tokens: what becomes of each token's vector before it is pooled.
  func pooled(
    _ inputs: [ModelInput], by pooling: Pooling, trace: Trace?,
    tokens: (Tensor) -> Tensor = { $0 }
  ) throws -> Tensor {
    let kept = inputs.compactMap(pooling.keptRow)
    let keeping = kept.count == inputs.count ? kept : nil
    let (hidden, sequences) = try self(inputs, keeping: keeping, trace: trace)
    let x = tokens(hidden)  // [T, C], or [B, C] if one row of each is wanted
    guard keeping == nil else { return x }
    let vectors = zip(inputs, sequences.ranges).map { pooling(x.rows($1), of: $0) }
    return .concatenating(vectors.map { $0.reshaped([1, $0.elementCount]) })
  }
}

extension TextTower {
  /// The mean of some rows of one text, [C], once for each group of rows that is left out as it enters
  /// the first layer.
  ///
  /// See `StudiedModel.vectors`.
  func pooled(
    _ input: ModelInput, rows: [Int], leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    let kept = rows.count == 1 ? rows[0] : nil
    let hidden = try variants(
      of: embed([input], trace: nil), leavingOut: groups, keeping: kept, batchRows: batchRows,
      progress: progress
    ) { x, sequences, rows in
      try run(x, in: sequences, keeping: rows, trace: nil)
    }
    return zip(hidden, groups).map { hidden, group in
      guard kept == nil else { return hidden.meanOfRows() }
      let left = input.ids.indices.filter { !group.contains($0) }
      return hidden.rows(at: left.indices.filter { rows.contains(left[$0]) }).meanOfRows()
    }
  }
}

/// One that can be taken apart.
protocol StudiedTower: TextTower {
  /// The mean of some rows, as they leave the last layer, apart along a direction.
  func dissect(
    _ x: Tensor, pooling rows: [Int], along direction: [Double], sources: RowSources
  ) throws -> Dissection
}
