import Foundation

/// Plans sequences as an `Embedder` does, and reads no weights: the folder may lack them.
///
/// ```swift
/// let planner = try SequencePlanner(modelFolder: URL(filePath: "models/visualized-bge"))
/// print(try planner.plan(for: .text("a blue whale")).words)
/// ```
///
/// What only the weights tell is whether a text encoder is BGE-M3. A folder without weights that
/// holds `modules.json` is taken for a sentence encoder's, which drops white space around a text.
public struct SequencePlanner: Sendable {
  private let preparation: Preparation

  /// Reads the config and the tokenizer of a folder in Hugging Face's layout.
  ///
  /// - Parameter options: the limits count; what concerns computing does not.
  /// - Throws: `EmbedderError.unusableModel`, naming the file and what is wrong with it;
  ///   `EmbedderError.limitTooLow`.
  public init(modelFolder: URL, options: Embedder.Options = .init()) throws {
    preparation = try EmbedderError.reading(modelFolder) {
      try Preparation(ModelDescription(folder: modelFolder), options)
    }
    _ = try preparation.texts()
  }

  /// Plans the sequence of an item, which costs no more than its tokens and pixels.
  ///
  /// - Throws: `EmbedderError`.
  public func plan(for item: Item) throws(EmbedderError) -> SequencePlan {
    try preparation.plan(for: item)
  }
}
