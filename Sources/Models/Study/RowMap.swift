import TesseraLayers
import TesseraTensors

/// What is done to a row behind a tower's layers.
enum RowMap: Sendable {
  case norm(LayerNorm)
  case linear(Linear)

  /// Length of what it makes of a row.
  var outputs: Int {
    switch self {
    case .norm(let norm): norm.parameters.weight.elementCount
    case .linear(let linear): linear.outputs
    }
  }

  fileprivate func callAsFunction(_ x: Tensor, trace: Trace? = nil) -> Tensor {
    switch self {
    case .norm(let norm): trace.pass(norm.path, norm(x))
    case .linear(let linear): trace.pass(linear.path, linear(x))
    }
  }
}

extension [RowMap] {
  /// One after the other: [rows, C] → [rows, D].
  func callAsFunction(_ x: Tensor, trace: Trace? = nil) -> Tensor {
    reduce(x) { $1($0, trace: trace) }
  }

  /// A direction, along which the end of one row is scaled to length 1, carried back to its beginning
  /// through norms whose scale is frozen; and what the biases add along it.
  ///
  /// - Parameter row: [1, C].
  func pullingBack(
    _ direction: [Double], through row: Tensor
  ) -> (direction: [Double], biases: Double) {
    var read: [Tensor] = []
    let end = reduce(row) { x, map in
      read.append(x)
      return map(x)
    }
    let length = Swift.max(end.norm, 1e-12)
    var carried = direction.map { $0 / length }
    var biases = 0.0
    for (map, x) in zip(self, read).reversed() {
      switch map {
      case .norm(let norm):
        biases += norm.biasShare(along: carried)
        carried = norm.pullingBack(carried, through: x.elements.map(Double.init))
      case .linear(let linear):
        biases += linear.bias?.dot(carried) ?? 0
        carried = linear.pullingBack([carried])[0]
      }
    }
    return (carried, biases)
  }
}
