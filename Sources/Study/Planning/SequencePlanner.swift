import Foundation
import TesseraEmbedders
import TesseraModels

/// Plans sequences as an `Embedder` does, and reads no weights: the folder may lack them.
///
/// ```swift
/// let planner = try SequencePlanner(modelFolder: URL(filePath: "models/visualized-bge"))
/// print(try planner.plan(for: .text("a blue whale")).words)
/// ```
///
/// What only the weights tell is whether a text encoder has heads for more than a dense vector. A
/// folder without weights that holds `modules.json` is taken for a sentence encoder's, which drops
/// white space around a text.
public struct SequencePlanner: Sendable {
  private let reader: ItemReader

  /// Reads the config and the tokenizer of a folder in Hugging Face's layout.
  ///
  /// - Parameter options: the limits count; what concerns computing does not.
  /// - Throws: `EmbedderError.unusableModel`, naming the file and what is wrong with it;
  ///   `EmbedderError.limitTooLow`.
  public init(modelFolder: URL, options: Embedder.Options = .init()) throws {
    reader = try EmbedderError.reading(modelFolder) {
      let folder = try ModelFiles(folder: modelFolder)
      return try ItemReader(folder, Families.family(of: folder), options)
    }
    _ = try reader.texts()
  }

  /// Plans the sequence of an item, which costs no more than its tokens and pixels.
  ///
  /// - Throws: `EmbedderError`.
  public func plan(for item: Item) throws(EmbedderError) -> SequencePlan {
    try reader.plan(for: item)
  }
}
