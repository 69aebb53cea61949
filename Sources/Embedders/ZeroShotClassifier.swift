import Foundation

/// Tells what is on a picture by comparing it with labels in words; for CLIP.
///
/// ```swift
/// let classifier = try ZeroShotClassifier(embedder, labels: ["cat", "dog"])
/// let probabilities = try classifier.probabilities(of: .file(photo))
/// ```
public struct ZeroShotClassifier: Sendable {
  /// The labels, in the order of the probabilities.
  public let labels: [String]
  private let embedder: Embedder
  private let logitScale: Float
  private let labelVectors: [[Float]]

  /// What stands in a template where the label goes.
  public static let placeholder = "{}"

  /// Encodes the labels, once for all pictures.
  ///
  /// Each label is put into every template; the vectors of one label are averaged and normalised,
  /// as the CLIP paper does for its ensembles of prompts.
  /// - Throws: `EmbedderError`, for a model that is not CLIP too.
  public init(
    _ embedder: Embedder, labels: [String], templates: [String] = ["a photo of a {}"]
  ) throws {
    precondition(!labels.isEmpty && !templates.isEmpty, "nothing to choose from")
    guard let logitScale = embedder.logitScale else { throw EmbedderError.notAClassifier }
    self.labels = labels
    self.embedder = embedder
    self.logitScale = logitScale
    let prompts = labels.flatMap { label in
      templates.map { Item.text($0.replacing(Self.placeholder, with: label)) }
    }
    let vectors = try embedder.encode(prompts).map { try $0.get().vector }
    labelVectors = stride(from: 0, to: vectors.count, by: templates.count).map {
      normalizedSum(vectors[$0..<$0 + templates.count])
    }
  }

  /// The probability of each label: softmax over exp(logit_scale) · cosine.
  ///
  /// - Throws: `EmbedderError`.
  public func probabilities(of image: ImageSource) throws -> [Float] {
    probabilities(of: try embedder.encode(Item(image: image)))
  }

  /// The probabilities for a picture that is encoded already.
  public func probabilities(of image: Embedding) -> [Float] {
    let logits = labelVectors.map { label in
      Double(logitScale) * zip(image.vector, label).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    let maximum = logits.max() ?? 0
    let weights = logits.map { exp($0 - maximum) }
    let sum = weights.reduce(0, +)
    return weights.map { Float($0 / sum) }
  }
}

private func normalizedSum(_ vectors: ArraySlice<[Float]>) -> [Float] {
  let first = vectors.first ?? []
  let sum = first.indices.map { i in vectors.reduce(0.0) { $0 + Double($1[i]) } }
  let norm = max(sum.reduce(0.0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
  return sum.map { Float($0 / norm) }
}
