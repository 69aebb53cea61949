import TesseraLayers
import TesseraTensors

extension [PostNormLayer] {
  /// Takes the mean of some rows, as they leave the last layer, apart along a direction.
  ///
  /// From the last layer to the first, the direction is carried back through each norm, with its
  /// scale frozen, to what was added before it.
  ///
  /// - Parameters:
  ///   - x: a sequence as it enters the first layer, [T, C].
  ///   - rows: those that become the vector.
  ///   - direction: of length 1, [C].
  func dissect(
    _ x: Tensor, pooling rows: [Int], along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    let record = RowRecord(
      rows: rows, sources: sources, attentions: map(\.selfAttention),
      stages: flatMap(\.dissectedStages))
    let sequences = PackedSequences(lengths: [x.rowCount])
    let hidden = try run(x, in: sequences, keeping: nil, trace: record.trace)
    let vector = hidden.rows(at: rows).meanOfRows()
    let norm = Swift.max(vector.norm, 1e-12)

    var result = DirectContributions()
    var directions = rows.map { _ in direction.map { $0 / (norm * Double(rows.count)) } }
    let readings = record.readings
    for (index, layer) in enumerated().reversed() {
      let input = index == 0 ? x.rows(at: rows) : record[self[index - 1].path]
      let part = layer.contributions(record, input, readings[index], &directions)
      result.layers.insert(part, at: 0)
    }
    result.embeddings = zip(rows, directions).reduce(0) { $0 + x.row($1.0).dot($1.1) }
    return Dissection(contributions: result, attention: readings.map(\.mass))
  }
}

extension PostNormLayer {
  fileprivate var dissectedStages: [String] {
    [output.path, attendedPath, feedForward.down.path, path]
  }

  /// What the layer adds along directions at its end, which become those at its beginning.
  fileprivate func contributions(
    _ record: RowRecord, _ input: Tensor, _ reading: AttentionReading,
    _ directions: inout [[Double]]
  ) -> DirectContributions.Layer {
    var part = DirectContributions.Layer()
    let attended = record[attendedPath]
    let projected = record[output.path]
    let down = feedForward.down
    let fed = record[down.path]
    for row in directions.indices {
      var direction = directions[row]
      part.norms += norm.biasShare(along: direction)
      direction = norm.pullingBack(direction, through: .sum(fed.row(row), attended.row(row)))
      let bias = down.bias?.dot(direction) ?? 0
      part.feedForward += fed.row(row).dot(direction) - bias
      part.norms += attentionNorm.biasShare(along: direction)
      direction = attentionNorm.pullingBack(
        direction, through: .sum(projected.row(row), input.row(row)))
      part.biases += bias
      directions[row] = direction
    }
    let heads = BranchEnd(output).shares(
      of: reading, heads: selfAttention.headCount, along: directions)
    part.heads = heads.terms
    part.biases += heads.biases
    return part
  }
}
