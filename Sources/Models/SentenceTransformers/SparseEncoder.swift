import Foundation
import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors

/// What a masked language model makes of a token's vector: one number for each token of the
/// vocabulary, [T, C] → [T, V].
struct LanguageHead: Sendable {
  private let dense: Linear
  private let activation: Activation
  private let norm: LayerNorm
  private let output: Linear

  /// - Parameters:
  ///   - output: the scope of the last bias.
  ///   - decoder: that of a matrix and a bias of its own, which not every checkpoint has.
  ///   - words: that of the table of word embeddings, which else is the matrix.
  ///   - sharesWords: whether it may be; a matrix that differs from it counts even then, as in
  ///     transformers from release 5 on.
  init(
    dense: Weights, norm: Weights, output: Weights, decoder: Weights, words: Weights,
    sharesWords: Bool, _ config: BERTConfig
  ) throws {
    self.dense = try Linear(
      dense, inputs: config.hiddenSize, outputs: config.hiddenSize, precision: .float32)
    activation = config.activation
    self.norm = try LayerNorm(norm, width: config.hiddenSize, epsilon: config.layerNormEpsilon)
    let matrix = decoder.contains("weight") || !sharesWords ? decoder : words
    // Earlier releases have one bias for both names, and store it under the shorter one.
    let bias = decoder.contains("bias") ? decoder : output
    self.output = Linear(
      path: output.path,
      weight: try matrix.matrix(
        "weight", outputs: config.vocabularySize, inputs: config.hiddenSize, precision: .float32),
      bias: try bias.tensor("bias", shape: [config.vocabularySize]).widened())
  }

  func callAsFunction(_ x: Tensor, trace: Trace?) -> Tensor {
    let transformed = trace.pass(norm.path, norm(dense(x, activation: activation)))
    return output(transformed)
  }
}

extension Config {
  /// Whether a masked language model's head may be the table of words.
  func sharesWords() throws -> Bool { try optional("tie_word_embeddings")?.bool() ?? true }
}

/// How the logits of a text's tokens become one weight a token of the vocabulary.
///
/// Formal et al., "SPLADE v2"; sentence-transformers' `SpladePooling`.
package struct SpladePooling: Sendable {
  enum Strategy: String, CaseIterable { case max, sum }
  enum Saturation: String, CaseIterable {
    /// ln(1 + relu x).
    case relu
    /// The logarithm of that again, as OpenSearch's models have it.
    case log1pRelu = "log1p_relu"
  }

  private let strategy: Strategy
  private let saturation: Saturation

  init(_ config: Config?) throws {
    strategy = try config?.choice("pooling_strategy", default: .max) ?? .max
    saturation = try config?.choice("activation_function", default: .relu) ?? .relu
  }

  /// [T, V] added to what other tokens of the text gave, [V].
  func accumulate(_ logits: Tensor, into weights: inout [Double]) {
    logits.withElements { x in
      for row in 0..<logits.rowCount {
        for i in weights.indices {
          let logit = x[row * weights.count + i]
          // A weight that is not a number stays, so that damage is seen.
          guard !(logit <= 0) else { continue }
          let value = saturated(Double(logit))
          switch strategy {
          case .sum: weights[i] += value
          case .max: if !(value <= weights[i]) { weights[i] = value }
          }
        }
      }
    }
  }

  private func saturated(_ x: Double) -> Double {
    switch saturation {
    case .relu: log1p(x)
    case .log1pRelu: log1p(log1p(x))
    }
  }
}

/// A tower with a language model's head: a text becomes weights of the words that it is about.
struct SparseEncoder<Tower: TextTower>: EmbeddingModel {
  let tower: Tower
  let head: LanguageHead
  let pooling: SpladePooling

  /// Tokens whose logits are held at once.
  private static var block: Int { 64 }

  var dimension: Int { tower.width }
  var outputKinds: OutputKinds { .sparse }

  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    let (hidden, sequences) = try tower(inputs, trace: trace)
    return sequences.ranges.map { range in
      var weights: [Double] = []
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.block) {
        let logits = head(
          hidden.rows(start..<min(start + Self.block, range.upperBound)), trace: trace)
        if weights.isEmpty { weights = [Double](repeating: 0, count: logits.rowWidth) }
        pooling.accumulate(logits, into: &weights)
      }
      var output = ModelOutput()
      output.lexicalWeights = Dictionary(
        uniqueKeysWithValues: weights.enumerated().filter { $0.element != 0 }
          .map { ($0.offset, Float($0.element)) })
      return output
    }
  }
}
