import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraJSON
import TesseraTensors

/// The folder of the BERT or XLM-RoBERTa that a Visualized-BGE was built on.
///
/// Its checkpoint holds no configuration and no tokenizer, so they come from here.
struct TextModel {
  let path: String
  /// The text of config.json, unchanged.
  let config: String
  let vocabularySize: Int
  let hiddenSize: Int
  let layerCount: Int
  let intermediateSize: Int
  let positionCount: Int
  let typeCount: Int

  var configPath: String { "\(path)/config.json" }

  /// - Throws: `ConversionError`, or `FileError`.
  init(path: String) throws {
    self.path = path
    let file = "\(path)/config.json"
    let storage = try MappedFile(file)
    let value: JSONValue
    do {
      (config, value) = try withExtendedLifetime(storage) {
        (
          try JSONReader.read(storage.bytes) { try $0.readVerbatim() },
          try JSONReader.read(storage.bytes) { try $0.readValue() }
        )
      }
    } catch let error as JSONError {
      throw ConversionError.configInvalid(file: file, reason: "\(error)")
    }
    let modelType = value["model_type"]?.string
    guard let modelType, ["bert", "xlm-roberta"].contains(modelType) else {
      throw ConversionError.config(
        file: file, field: "model_type", expected: "bert or xlm-roberta",
        found: modelType ?? "none")
    }
    func count(_ field: String) throws -> Int {
      guard let number = value[field]?.number, let count = Int(exactly: number), count > 0 else {
        throw ConversionError.config(
          file: file, field: field, expected: "a positive whole number",
          found: value[field].map { _ in "something else" } ?? "none")
      }
      return count
    }
    vocabularySize = try count("vocab_size")
    hiddenSize = try count("hidden_size")
    layerCount = try count("num_hidden_layers")
    intermediateSize = try count("intermediate_size")
    positionCount = try count("max_position_embeddings")
    typeCount = try count("type_vocab_size")
    let headCount = try count("num_attention_heads")
    guard hiddenSize % headCount == 0 else {
      throw ConversionError.config(
        file: file, field: "num_attention_heads",
        expected: "a divisor of hidden_size \(hiddenSize)", found: "\(headCount)")
    }
  }
}
