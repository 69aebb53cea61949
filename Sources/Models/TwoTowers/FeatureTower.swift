import TesseraLayers
import TesseraTensors

/// One of two towers: what it reads becomes features, of whatever length they have.
protocol FeatureTower: Sendable {
  /// D.
  var dimension: Int { get }

  /// Features of texts, or of pictures: [B, D].
  ///
  /// - Throws: `CancellationError` between two layers.
  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor
}

/// One whose features can be taken apart.
protocol StudiedFeatureTower: FeatureTower {
  /// The row of the sequence that becomes the features.
  func pooledRow(of input: ModelInput) -> Int

  /// The features of one input without some rows of its sequence, one [D] for each group of rows.
  ///
  /// See `StudiedModel.vectors`.
  func features(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor]

  /// Takes the features of one input, scaled to length 1, apart along a direction of length 1.
  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection
}

extension Linear {
  /// A direction at the layer's end, carried back to its beginning: Wᵀ·g.
  func pullingBack(_ direction: [Double]) -> [Double] {
    // Wᵀ, as the layer keeps its weights in an order of its own.
    let transposed = withoutBias(.identity(inputs))
    return (0..<transposed.rowCount).map { transposed.row($0).dot(direction) }
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
