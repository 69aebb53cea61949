/// A part of a model whose linear layers all read the same number of rows.
package struct ComputedPart: Sendable {
  /// The module's path in the checkpoint; everything below it is this part.
  package let path: String
  /// Rows that each linear layer reads, for one input; 0 where the part is not used.
  package let rows: Int
  /// The modules below that attend, all of them over those rows.
  package let attentions: Set<String>
  /// Channels of all heads together, of each attention.
  package let width: Int

  init(path: String, rows: Int, attentions: [String] = [], width: Int = 0) {
    self.path = path
    self.rows = rows
    self.attentions = Set(attentions)
    self.width = width
  }

  /// Floating-point operations of a linear layer with so many weights.
  package func operations(ofWeights count: Int) -> Double { 2 * Double(rows) * Double(count) }

  /// Floating-point operations of one attention: q·kᵀ, and the weighted sum of v.
  package var attentionOperations: Double { OperationCount.attention(tokens: rows, width: width) }
}

extension BERTEncoder {
  /// The stack of layers over a sequence of so many tokens.
  func computedPart(rows: Int, _ config: BERTConfig) -> ComputedPart {
    ComputedPart(
      path: path, rows: rows, attentions: layers.map(\.attention.path), width: config.hiddenSize)
  }
}

extension TextModel {
  package func computedParts(of input: ModelInput) -> [ComputedPart] {
    [encoder.layers.computedPart(rows: input.ids.count, config)]
  }
}

extension VisualizedBGE {
  package func computedParts(of input: ModelInput) -> [ComputedPart] {
    let patches = input.pixels == nil ? 0 : imageTokenCount
    return tower.computedParts(isUsed: patches > 0) + [
      ComputedPart(path: projection.path, rows: patches),
      encoder.computedPart(rows: patches + input.ids.count, config.text),
    ]
  }
}

extension EVA02 {
  func computedParts(isUsed: Bool) -> [ComputedPart] {
    let patches = isUsed ? config.patchCount : 0
    return [
      ComputedPart(path: patchEmbedding.path, rows: patches),
      ComputedPart(
        path: "\(path).blocks", rows: isUsed ? 1 + patches : 0,
        attentions: blocks.map(\.attention.path), width: config.hiddenSize),
    ]
  }
}

extension CLIP {
  package func computedParts(of input: ModelInput) -> [ComputedPart] {
    let patches = input.pixels == nil ? 0 : config.vision.patchCount
    let tokens = input.ids.count
    return [
      ComputedPart(path: vision.patchEmbedding.path, rows: patches),
      vision.layers.computedPart(rows: patches > 0 ? 1 + patches : 0, config.vision.tower),
      ComputedPart(path: visualProjection.path, rows: min(patches, 1)),
      text.layers.computedPart(rows: tokens, config.text.tower),
      ComputedPart(path: textProjection.path, rows: min(tokens, 1)),
    ]
  }
}

extension CLIPLayers {
  fileprivate func computedPart(rows: Int, _ config: CLIPTowerConfig) -> ComputedPart {
    ComputedPart(
      path: path, rows: rows, attentions: layers.map(\.attention.path), width: config.hiddenSize)
  }
}
