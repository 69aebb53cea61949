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
  /// The sentences that the labels became: those of the first label, one a template, first.
  public let prompts: [Prompt]
  private let embedder: Embedder
  private let logitScale: Float
  private let labelVectors: [[Float]]

  /// A label in a template.
  public struct Prompt: Sendable {
    /// What the model read.
    public let text: String
    /// Its vector, and whether it was cut to CLIP's limit of 77 tokens.
    public let embedding: Embedding
  }

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
    let texts = labels.flatMap { label in
      templates.map { $0.replacing(Self.placeholder, with: label) }
    }
    let embeddings = try embedder.encode(texts.map { .text($0) }).map { try $0.get() }
    prompts = zip(texts, embeddings).map { Prompt(text: $0, embedding: $1) }
    labelVectors = stride(from: 0, to: embeddings.count, by: templates.count).map {
      normalizedSum(embeddings[$0..<$0 + templates.count].map(\.vector))
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

private func normalizedSum(_ vectors: [[Float]]) -> [Float] {
  let first = vectors.first ?? []
  let sum = first.indices.map { i in vectors.reduce(0.0) { $0 + Double($1[i]) } }
  let norm = max(sum.reduce(0.0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
  return sum.map { Float($0 / norm) }
}
