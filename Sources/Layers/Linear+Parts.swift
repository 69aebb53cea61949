import TesseraCheckpoints
import TesseraTensors

extension Linear {
  /// The layers that a checkpoint holds as one, their outputs behind one another.
  ///
  /// - Parameters:
  ///   - weights: of the whole.
  ///   - parts: a name and the number of outputs of each.
  package static func parts(
    of weights: Weights, inputs: Int, parts: [(name: String, outputs: Int)]
  ) throws -> [Linear] {
    let outputs = parts.reduce(0) { $0 + $1.outputs }
    let matrix = try weights.matrix("weight", outputs: outputs, inputs: inputs)
    let bias = try weights.tensor("bias", shape: [outputs]).widened()
    var start = 0
    return parts.map { name, outputs in
      let rows = start..<start + outputs
      start += outputs
      return Linear(
        path: "\(weights.path).\(name)", weight: matrix.rows(rows), precision: weights.precision,
        bias: bias.rows(rows))
    }
  }
}

extension StoredMatrix {
  /// Some outputs, sharing storage.
  fileprivate func rows(_ range: Range<Int>) -> StoredMatrix {
    let rowBytes = inputs * tensor.dtype.byteCount
    return StoredMatrix(
      StoredTensor(
        dtype: tensor.dtype, shape: [range.count, inputs], storage: tensor.storage,
        byteOffset: tensor.byteOffset + range.lowerBound * rowBytes),
      scales: scales?.rows(range))
  }
}
