import TesseraLayers
import TesseraTensors

/// What each part of either tower does.
extension CLIP: StudiedModel {
  package func pooledRows(of input: ModelInput) -> [Int] {
    [input.picture == nil ? text.pooledIndex(input.ids) : 0]
  }

  package func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    let tower = tower(of: input)
    return try variants(
      of: tower.x, leavingOut: groups, keeping: tower.row, batchRows: batchRows,
      progress: progress
    ) {
      try tower.layers($0, in: $1, keeping: $2, trace: nil)
    }.map { tower.projection(tower.norm($0)).row(0).normalized() }
  }

  /// The layers are pre-norm: what they add reaches the final norm unchanged, through which, with
  /// its scale frozen, and through the projection the direction is carried back.
  package func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    let tower = tower(of: input)
    let layers = tower.layers.layers
    let record = RowRecord(
      rows: [tower.row], sources: sources, attentions: layers.map(\.attention),
      stages: layers.flatMap {
        [$0.attention.queryPath, $0.attention.path, $0.feedForward.down.path]
      })
    let sequences = PackedSequences(lengths: [tower.x.rowCount])
    let last = try tower.layers(
      tower.x, in: sequences, keeping: [tower.row], trace: record.trace)
    let norm = max(tower.projection(tower.norm(last)).norm, 1e-12)

    // Wᵀ, as the layer keeps its weights in an order of its own.
    let transposed = tower.projection.withoutBias(.identity(tower.projection.inputs))
    var carried = (0..<transposed.rowCount).map {
      transposed.row($0).dot(direction) / norm
    }
    var result = DirectContributions()
    result.finalNorm = tower.norm.biasShare(along: carried)
    carried = tower.norm.pullingBack(carried, through: last.elements.map(Double.init))
    result.embeddings = tower.x.row(tower.row).dot(carried)
    let readings = record.readings
    for (layer, reading) in zip(layers, readings) {
      let bias = layer.feedForward.down.bias?.dot(carried) ?? 0
      result.layers.append(
        .init(
          heads: layer.output.shares(
            ofHeads: layer.attention.headCount, contexts: reading.contexts, along: [carried]),
          feedForward: record[layer.feedForward.down.path].row(0).dot(carried) - bias,
          biases: bias + (layer.output.bias?.dot(carried) ?? 0), norms: 0))
    }
    return Dissection(contributions: result, attention: readings.map(\.mass))
  }

  /// What of the two towers one input meets.
  private struct Tower {
    /// As it enters the first layer, [T, C].
    let x: Tensor
    /// That becomes the vector.
    let row: Int
    let layers: CLIPLayers
    let norm: LayerNorm
    let projection: Linear
  }

  private func tower(of input: ModelInput) -> Tower {
    let row = pooledRows(of: input)[0]
    guard let pixels = input.pixels else {
      return Tower(
        x: text.embed([input.ids], trace: nil), row: row, layers: text.layers, norm: text.norm,
        projection: textProjection)
    }
    return Tower(
      x: vision.embed([pixels], trace: nil), row: row, layers: vision.layers,
      norm: vision.postNorm, projection: visualProjection)
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
