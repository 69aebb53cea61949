import TesseraLayers
import TesseraTensors

extension BERTEncoder {
  /// Takes the mean of some rows, as they leave the last layer, apart along a direction.
  ///
  /// The layers are post-norm: every sum of a layer's input and output passes a LayerNorm. From the
  /// last to the first, the direction is carried back through each norm, with its scale frozen, to
  /// what was added before it.
  ///
  /// - Parameters:
  ///   - x: a sequence as it enters the first layer, [T, C].
  ///   - rows: those that become the vector.
  ///   - direction: of length 1, [C].
  func dissect(
    _ x: Tensor, pooling rows: [Int], along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    let record = RowRecord(
      rows: rows, sources: sources, attentions: layers.map(\.attention.selfAttention),
      stages: layers.flatMap(\.dissectedStages))
    let trace = record.trace
    let hidden = try self(x, in: PackedSequences(lengths: [x.rowCount]), trace: trace)
    let vector = hidden.rows(at: rows).meanOfRows()
    let norm = max(vector.norm, 1e-12)

    var result = DirectContributions()
    var directions = rows.map { _ in direction.map { $0 / (norm * Double(rows.count)) } }
    let readings = record.readings
    for (index, layer) in layers.enumerated().reversed() {
      let input = index == 0 ? x.rows(at: rows) : record[layers[index - 1].path]
      let part = layer.contributions(record, input, readings[index].contexts, &directions)
      result.layers.insert(part, at: 0)
    }
    result.embeddings = zip(rows, directions).reduce(0) { $0 + x.row($1.0).dot($1.1) }
    return Dissection(contributions: result, attention: readings.map(\.mass))
  }
}

extension BERTLayer {
  fileprivate var dissectedStages: [String] {
    [
      attention.selfAttention.queryPath, attention.output.path, "\(attention.path).output",
      feedForward.down.path, path,
    ]
  }

  /// What the layer adds along directions at its end, which become those at its beginning.
  fileprivate func contributions(
    _ record: RowRecord, _ input: Tensor, _ contexts: [Tensor], _ directions: inout [[Double]]
  ) -> DirectContributions.Layer {
    var part = DirectContributions.Layer()
    let attended = record["\(attention.path).output"]
    let projected = record[attention.output.path]
    let fed = record[feedForward.down.path]
    for row in directions.indices {
      var direction = directions[row]
      part.norms += norm.biasShare(along: direction)
      direction = norm.pullingBack(direction, through: .sum(fed.row(row), attended.row(row)))
      let bias = feedForward.down.bias?.dot(direction) ?? 0
      part.feedForward += fed.row(row).dot(direction) - bias
      part.norms += attention.norm.biasShare(along: direction)
      direction = attention.norm.pullingBack(
        direction, through: .sum(projected.row(row), input.row(row)))
      part.biases += bias + (attention.output.bias?.dot(direction) ?? 0)
      directions[row] = direction
    }
    part.heads = attention.output.shares(
      ofHeads: attention.selfAttention.headCount, contexts: contexts, along: directions)
    return part
  }
}
