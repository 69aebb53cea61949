import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// XLM-RoBERTa with three heads: one vector a text, one weight a token, one vector a token.
///
/// Chen et al., "M3-Embedding".
package struct BGEM3: TextModel {
  package let config: BERTConfig
  package let encoder: TextEncoder
  private let sparseHead: Linear
  private let colbertHead: Linear
  private let unweightedIDs: Set<Int>

  /// Reads the encoder and the heads; `unweightedIDs` are the special tokens that get no lexical
  /// weight: class, end, padding, unknown.
  package init(_ weights: Weights, _ config: BERTConfig, unweightedIDs: Set<Int>) throws {
    self.config = config
    encoder = try TextEncoder(weights, config)
    sparseHead = try Linear(
      weights["sparse_linear"], inputs: config.hiddenSize, outputs: 1, precision: .float32)
    let colbert = weights["colbert_linear"]
    colbertHead = try Linear(
      colbert, inputs: config.hiddenSize, outputs: try colbert.tensor("weight").shape.first ?? 0,
      precision: .float32)
    self.unweightedIDs = unweightedIDs
  }

  package var keepsClassTokenOnly: Bool { true }
  package var outputKinds: OutputKinds { [.dense, .sparse, .colbert] }

  package func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    if kinds == .dense {
      let (classTokens, _) = try encoder(inputs, keepingFirst: true, trace: trace)  // [B, C]
      return inputs.indices.map { ModelOutput(vector: finished(classTokens.row($0))) }
    }
    let (hidden, sequences) = try encoder(inputs, trace: trace)  // [T, C]
    let weights = kinds.contains(.sparse) ? sparseHead(hidden, activation: .relu) : nil  // [T, 1]
    return zip(inputs, sequences.ranges).map { input, range in
      let tokens = hidden.rows(range)
      var output = ModelOutput()
      if kinds.contains(.dense) { output.vector = finished(tokens.row(0)) }
      if let weights {
        output.lexicalWeights = lexicalWeights(input.ids, weights.rows(range).elements)
      }
      if kinds.contains(.colbert) {
        output.tokenVectors = colbertHead(tokens.rows(1..<range.count)).normalized()
      }
      return output
    }
  }

  package func finished(_ pooled: Tensor) -> Tensor { pooled.normalized() }

  /// The largest weight of each id, where it is above 0.
  private func lexicalWeights(_ ids: [Int], _ weights: [Float]) -> [Int: Float] {
    var byID: [Int: Float] = [:]
    for (id, weight) in zip(ids, weights) where !unweightedIDs.contains(id) {
      // A weight that is not a number stays, so that damage is seen.
      if !(weight <= byID[id] ?? 0) { byID[id] = weight }
    }
    return byID
  }
}
