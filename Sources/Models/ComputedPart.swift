/// A part of a model whose linear layers read the same number of rows, save those of a last layer
/// that computes one row alone.
package struct ComputedPart: Sendable {
  /// The module's path in the checkpoint; everything below it is this part.
  package let path: String
  /// Rows that each linear layer reads, for one input; 0 where the part is not used.
  private let rows: Int
  /// The modules below that attend, over those rows.
  private let attentions: Set<String>
  /// Channels of all heads together, of each attention.
  private let width: Int
  /// The modules that read one row alone, with those below them.
  private let singles: [String]
  /// The attention of which one query alone is wanted.
  private let singleAttention: String?

  init(
    path: String, rows: Int, attentions: [String] = [], width: Int = 0, singles: [String] = [],
    singleAttention: String? = nil
  ) {
    self.path = path
    self.rows = rows
    self.attentions = Set(attentions)
    self.width = width
    self.singles = singles
    self.singleAttention = singleAttention
  }

  /// Floating-point operations of a linear layer with so many weights, of this module.
  package func operations(ofWeights count: Int, of module: String) -> Double {
    let isSingle = singles.contains { module == $0 || module.hasPrefix($0 + ".") }
    return 2 * Double(isSingle ? min(rows, 1) : rows) * Double(count)
  }

  /// Floating-point operations of a module's attention: q·kᵀ, and the weighted sum of v; 0 if it
  /// has none.
  package func attentionOperations(of module: String) -> Double {
    guard attentions.contains(module) else { return 0 }
    let queries = module == singleAttention ? min(rows, 1) : rows
    return 4 * Double(queries) * Double(rows) * Double(width)
  }
}

extension BERTEncoder {
  /// The stack of layers over a sequence of so many tokens.
  ///
  /// - Parameter keepingOne: whether the last layer computes one token's row alone.
  func computedPart(rows: Int, _ config: BERTConfig, keepingOne: Bool) -> ComputedPart {
    let last = keepingOne ? layers.last : nil
    return ComputedPart(
      path: path, rows: rows, attentions: layers.map(\.attention.path), width: config.hiddenSize,
      singles: last.map {
        ["\($0.attention.path).output", "\($0.path).intermediate", "\($0.path).output"]
      } ?? [], singleAttention: last?.attention.path)
  }
}

extension TextModel {
  package func computedParts(of input: ModelInput) -> [ComputedPart] {
    [
      encoder.layers.computedPart(
        rows: input.ids.count, config, keepingOne: keepsClassTokenOnly)
    ]
  }
}

extension VisualizedBGE {
  package func computedParts(of input: ModelInput) -> [ComputedPart] {
    let patches = input.picture == nil ? 0 : imageTokenCount
    return tower.computedParts(isUsed: patches > 0) + [
      ComputedPart(path: projection.path, rows: patches),
      encoder.computedPart(
        rows: patches + input.ids.count, config.text, keepingOne: true),
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
    let patches = input.picture == nil ? 0 : config.vision.patchCount
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
  /// A tower's vector is one token's, of which alone the last layer computes the row.
  fileprivate func computedPart(rows: Int, _ config: CLIPTowerConfig) -> ComputedPart {
    ComputedPart(
      path: path, rows: rows, attentions: layers.map(\.attention.path), width: config.hiddenSize,
      singles: layers.last.map { [$0.output.path, "\($0.path).mlp"] } ?? [],
      singleAttention: layers.last?.attention.path)
  }
}
