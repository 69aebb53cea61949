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
  /// With `keepingFirst`, the class tokens alone: [B, C].
  func callAsFunction(
    _ inputs: [ModelInput], keepingFirst: Bool = false, trace: Trace?
  ) throws -> (hidden: Tensor, sequences: PackedSequences) {
    let sequences = PackedSequences(lengths: inputs.map(\.ids.count))
    let rows = keepingFirst ? sequences.starts : nil
    let x = embed(inputs, trace: trace)
    return (try run(x, in: sequences, keeping: rows, trace: trace), sequences)
  }
}

/// One that can be taken apart.
protocol StudiedTower: TextTower {
  /// The mean of some rows, as they leave the last layer, apart along a direction.
  func dissect(
    _ x: Tensor, pooling rows: [Int], along direction: [Double], sources: RowSources
  ) throws -> Dissection
}
