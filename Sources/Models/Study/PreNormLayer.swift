import TesseraLayers
import TesseraTensors

/// A layer whose parts each add to what they read: x += attention(norm x), then
/// x += feed-forward(norm x).
protocol PreNormLayer: EncoderLayer {
  var selfAttention: SelfAttention { get }
  /// How the heads' results reach the sum.
  var attentionEnd: BranchEnd { get }
  /// How the feed-forward does; a norm before it does not count.
  var feedForwardEnd: BranchEnd { get }
}

extension Array where Element: PreNormLayer {
  /// Takes what is made of one row of the last layer, scaled to length 1, apart along a direction.
  ///
  /// - Parameters:
  ///   - x: a sequence as it enters the first layer, [T, C].
  ///   - row: that becomes the vector.
  ///   - maps: what is behind the last layer.
  ///   - direction: of length 1.
  func dissect(
    _ x: Tensor, row: Int, through maps: [RowMap], along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try dissect(x, rows: [row], sources: sources) { last in
      let end = maps.pullingBack(direction, through: last)
      return ([end.direction], end.biases)
    }
  }

  /// Takes the sum, over some rows, of what leaves the last layer along a direction each apart.
  ///
  /// What the layers add reaches the last one's end unchanged.
  ///
  /// - Parameter end: from the rows as they leave the last layer, [rows, C], to the direction of each
  ///   there, and what the biases behind add.
  func dissect(
    _ x: Tensor, rows: [Int], sources: RowSources,
    end: (Tensor) -> (directions: [[Double]], biases: Double)
  ) throws -> Dissection {
    let record = RowRecord(
      rows: rows, sources: sources, attentions: map(\.selfAttention),
      stages: map(\.feedForwardEnd.stage))
    let last = try run(
      x, in: PackedSequences(lengths: [x.rowCount]), keeping: nil, trace: record.trace)
    let (directions, biases) = end(last.rows(at: rows))
    var result = DirectContributions()
    result.finalNorm = biases
    result.embeddings = zip(rows, directions).reduce(0) { $0 + x.row($1.0).dot($1.1) }
    let readings = record.readings
    for (layer, reading) in zip(self, readings) {
      let heads = layer.attentionEnd.shares(
        of: reading, heads: layer.selfAttention.headCount, along: directions)
      let fed = layer.feedForwardEnd.shares(
        of: record[layer.feedForwardEnd.stage], along: directions)
      result.layers.append(
        .init(
          heads: heads.terms, feedForward: fed.term, biases: heads.biases + fed.bias, norms: 0))
    }
    return Dissection(contributions: result, attention: readings.map(\.mass))
  }
}
