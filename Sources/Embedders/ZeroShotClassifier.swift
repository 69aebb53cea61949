import Foundation
import TesseraModels

/// Tells what is on a picture by comparing it with labels in words.
///
/// ```swift
/// let classifier = try ZeroShotClassifier(embedder, labels: ["cat", "dog"])
/// let probabilities = try classifier.probabilities(of: .file(photo))
/// ```
public struct ZeroShotClassifier: Sendable {
  /// The labels, in the order of the probabilities.
  public let labels: [String]
  /// The sentences that the labels became: those of the first label, one a template, first.
  public let prompts: [Prompt]
  private let embedder: Embedder
  private let scoring: LabelScoring
  private let labelVectors: [[Float]]

  /// A label in a template.
  public struct Prompt: Sendable {
    /// What the model read.
    public let text: String
    /// Its vector, and whether it was cut to the model's limit.
    public let embedding: Embedding
  }

  /// What stands in a template where the label goes.
  public static let placeholder = "{}"

  /// Encodes the labels, once for all pictures.
  ///
  /// Each label is put into every template; the vectors of one label are averaged and normalised,
  /// as Radford et al. do for their ensembles of prompts.
  /// - Throws: `EmbedderError`, for a model that was not trained for it too.
  public init(
    _ embedder: Embedder, labels: [String], templates: [String] = ["a photo of a {}"]
  ) throws {
    precondition(!labels.isEmpty && !templates.isEmpty, "nothing to choose from")
    guard let scoring = embedder.model.labelScoring else { throw EmbedderError.notAClassifier }
    self.labels = labels
    self.embedder = embedder
    self.scoring = scoring
    let texts = labels.flatMap { label in
      templates.map { $0.replacing(Self.placeholder, with: label) }
    }
    let embeddings = try embedder.encode(texts.map { .text($0) }).map { try $0.get() }
    prompts = zip(texts, embeddings).map { Prompt(text: $0, embedding: $1) }
    labelVectors = stride(from: 0, to: embeddings.count, by: templates.count).map {
      normalizedSum(embeddings[$0..<$0 + templates.count].map { unit($0.vector) })
    }
  }

  /// Whether the probabilities of a picture sum to one. Where they do not, each label is judged by
  /// itself: several may fit, or none.
  public var areProbabilitiesExclusive: Bool {
    if case .softmax = scoring { true } else { false }
  }

  /// The probability of each label: softmax over exp(logit_scale) · cosine, or for a model of
  /// SigLIP's kind σ(exp(logit_scale) · cosine + logit_bias).
  ///
  /// - Throws: `EmbedderError`.
  public func probabilities(of image: ImageSource) throws -> [Float] {
    probabilities(of: try embedder.encode(Item(image: image)))
  }

  /// The probabilities for a picture that is encoded already.
  public func probabilities(of image: Embedding) -> [Float] {
    let image = unit(image.vector)
    let cosines = labelVectors.map { label in
      zip(image, label).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    switch scoring {
    case .softmax(let scale):
      let logits = cosines.map { Double(scale) * $0 }
      let maximum = logits.max() ?? 0
      let weights = logits.map { exp($0 - maximum) }
      let sum = weights.reduce(0, +)
      return weights.map { Float($0 / sum) }
    case .sigmoid(let scale, let bias):
      return cosines.map { Float(1 / (1 + exp(-(Double(scale) * $0 + Double(bias))))) }
    }
  }
}

private func normalizedSum(_ vectors: [[Float]]) -> [Float] {
  let first = vectors.first ?? []
  let sum = first.indices.map { i in vectors.reduce(0.0) { $0 + Double($1[i]) } }
  let norm = max(sum.reduce(0.0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
  return sum.map { Float($0 / norm) }
}

/// A vector of length 1; one that has it already, but for rounding, stays the same bits.
private func unit(_ vector: [Float]) -> [Float] {
  let square = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
  return abs(square - 1) < 1e-5 ? vector : normalizedSum([vector])
}
