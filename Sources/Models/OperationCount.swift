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

  /// A stack of layers with two products in the feed-forward. Where one token's row is kept, the
  /// last layer has q, k and v of all tokens, and the rest of that one.
  static func layers(
    _ count: Int, tokens: Int, width: Int, intermediate: Int, keepingOne: Bool
  ) -> Double {
    let whole = layer(
      tokens: tokens, width: width, intermediate: intermediate, feedForwardProducts: 2)
    guard keepingOne, count > 0 else { return Double(count) * whole }
    return Double(count - 1) * whole
      + 3 * linear(rows: tokens, inputs: width, outputs: width)
      + 4 * Double(tokens) * Double(width)
      + linear(rows: 1, inputs: width, outputs: width)
      + 2 * linear(rows: 1, inputs: width, outputs: intermediate)
  }
}

extension BERTConfig {
  /// Of the whole stack of layers, for one sequence.
  ///
  /// - Parameter keepingOne: whether the last layer computes one token's row alone.
  func operationCount(tokens: Int, keepingOne: Bool) -> Double {
    OperationCount.layers(
      layerCount, tokens: tokens, width: hiddenSize, intermediate: intermediateSize,
      keepingOne: keepingOne)
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
  /// Of a tower, whose vector is one token's.
  func operationCount(tokens: Int) -> Double {
    OperationCount.layers(
      layerCount, tokens: tokens, width: hiddenSize, intermediate: intermediateSize,
      keepingOne: true)
  }
}
