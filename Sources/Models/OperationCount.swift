/// Floating-point operations of the parts of a model, a multiplication and an addition apart.
///
/// Only products are counted, as is usual: norms, activations and softmax are less than a
/// hundredth of the work.
struct OperationCount {
  /// x·Wᵀ for so many rows.
  static func linear(rows: Int, inputs: Int, outputs: Int) -> Double {
    2 * Double(rows) * Double(inputs) * Double(outputs)
  }

  /// q·kᵀ and the weighted sum of v, in all heads of one sequence.
  static func attention(tokens: Int, width: Int) -> Double {
    4 * Double(tokens) * Double(tokens) * Double(width)
  }

  /// A layer with four square projections and a feed-forward of so many products of
  /// width × intermediate: two in BERT and CLIP, three in EVA02.
  static func layer(
    tokens: Int, width: Int, intermediate: Int, feedForwardProducts: Int
  ) -> Double {
    4 * linear(rows: tokens, inputs: width, outputs: width)
      + Double(feedForwardProducts) * linear(rows: tokens, inputs: width, outputs: intermediate)
      + attention(tokens: tokens, width: width)
  }
}

extension BERTConfig {
  /// Of the whole stack of layers, for one sequence.
  func operationCount(tokens: Int) -> Double {
    Double(layerCount)
      * OperationCount.layer(
        tokens: tokens, width: hiddenSize, intermediate: intermediateSize,
        feedForwardProducts: 2)
  }
}

extension EVA02Config {
  /// Of the tower, for one picture.
  var operationCount: Double {
    OperationCount.linear(
      rows: patchCount, inputs: 3 * patchSize * patchSize, outputs: hiddenSize)
      + Double(layerCount)
      * OperationCount.layer(
        tokens: 1 + patchCount, width: hiddenSize, intermediate: intermediateSize,
        feedForwardProducts: 3)
  }
}

extension CLIPTowerConfig {
  func operationCount(tokens: Int) -> Double {
    Double(layerCount)
      * OperationCount.layer(
        tokens: tokens, width: hiddenSize, intermediate: intermediateSize,
        feedForwardProducts: 2)
  }
}
