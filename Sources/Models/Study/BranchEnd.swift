import TesseraLayers
import TesseraTensors

/// The map by which a part of a layer reaches the sum that the layer forms: perhaps a norm, then a
/// projection, then perhaps a factor for each number.
struct BranchEnd: Sendable {
  private let norm: LayerNorm?
  private let projection: Linear
  /// [C]; nil for ones.
  private let factors: Tensor?

  init(_ projection: Linear, norm: LayerNorm? = nil, factors: Tensor? = nil) {
    self.norm = norm
    self.projection = projection
    self.factors = factors
  }

  /// Of the projection, which a trace shows with its bias and without the factors.
  var stage: String { projection.path }

  /// What an attention adds along directions, one for each of its rows: each head with what it read of
  /// each source, [heads][sources], and the biases.
  ///
  /// A norm before the projection is taken as the linear map that it is once its scale is frozen.
  func shares(
    of reading: AttentionReading, heads: Int, along directions: [[Double]]
  ) -> (terms: [[Double]], biases: Double) {
    let scaled = directions.map(scaled)
    var biases = scaled.reduce(0) { $0 + (projection.bias?.dot($1) ?? 0) }
    var pulled = projection.pullingBack(scaled)
    if let norm {
      for row in pulled.indices {
        biases += norm.biasShare(along: pulled[row])
        let contexts = reading.contexts.map { $0.row(row).elements }
        let read = contexts[0].indices.map { i in contexts.reduce(0) { $0 + Double($1[i]) } }
        pulled[row] = norm.pullingBack(pulled[row], through: read)
      }
    }
    let width = projection.inputs / heads
    let terms = (0..<heads).map { head in
      reading.contexts.map { context in
        pulled.indices.reduce(0) { sum, row in
          let columns = head * width..<(head + 1) * width
          return sum + context.rows(row..<row + 1).columns(columns).dot(Array(pulled[row][columns]))
        }
      }
    }
    return (terms, biases)
  }

  /// What a feed-forward adds along directions, without its bias and by it.
  ///
  /// - Parameter outputs: of the projection, [rows, C].
  func shares(of outputs: Tensor, along directions: [[Double]]) -> (term: Double, bias: Double) {
    precondition(norm == nil, "a feed-forward's own terms need no norm")
    let scaled = directions.map(scaled)
    let bias = scaled.reduce(0) { $0 + (projection.bias?.dot($1) ?? 0) }
    return (scaled.indices.reduce(0) { $0 + outputs.row($1).dot(scaled[$1]) } - bias, bias)
  }

  private func scaled(_ direction: [Double]) -> [Double] {
    factors.map { factors in zip(direction, factors.elements).map { $0 * Double($1) } }
      ?? direction
  }
}
