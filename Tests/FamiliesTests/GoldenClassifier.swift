import Foundation
import TesseraEmbedders
import TesseraTensors
import TesseraTestSupport
import Testing

/// A small classifier of a family, with what the reference says of some pairs.
struct GoldenClassifier: Sendable, CustomTestStringConvertible {
  let name: String

  var testDescription: String { name }

  /// Every family; a new one adds a line.
  static let all = [
    "reranker-bert", "reranker-xlmr", "reranker-roberta-3", "reranker-modernbert",
    "reranker-qwen3",
  ].map { GoldenClassifier(name: $0) }

  struct Answer {
    let pair: TextPair
    let truncation: Reranker.Truncation
    let tokenCount: Int
    /// Nil for one that the reference refuses.
    let logits: [Float]?
  }

  private struct Inputs: Decodable {
    let items: [Entry]
    let stagesOf: Int?
    let maxLength: Int

    private enum CodingKeys: String, CodingKey {
      case items
      case stagesOf = "stages_of"
      case maxLength = "max_length"
    }

    struct Entry: Decodable {
      let query: String
      let passage: String
      let truncation: String
      let ids: [Int]?
      let error: String?
    }
  }

  var folder: URL { Goldens.url("zoo/\(name)") }

  private func inputs() throws -> Inputs {
    try Goldens.json("zoo/\(name)/inputs.json", as: Inputs.self)
  }

  func reranker(
    _ truncation: Reranker.Truncation = .longestFirst, precision: Precision? = nil,
    batchTokens: Int = 2048
  ) throws -> Reranker {
    try Reranker(
      modelFolder: folder,
      options: .init(
        maxLength: inputs().maxLength, truncation: truncation, batchTokens: batchTokens,
        precision: precision))
  }

  func answers() throws -> [Answer] {
    let expected = try Goldens.tensors("zoo/\(name)/expected.safetensors")
    return try inputs().items.enumerated().map { index, item in
      Answer(
        // The reference was called with one pair at a time, where an empty text is taken for none;
        // in a batch, as sentence-transformers calls it, it is a text, and has its special tokens.
        pair: TextPair(item.query, item.passage.isEmpty ? nil : item.passage),
        truncation: item.truncation == "only_second" ? .onlySecond : .longestFirst,
        tokenCount: item.ids?.count ?? 0,
        logits: item.error == nil ? try #require(expected["item.\(index)"]).elements : nil)
    }
  }

  /// The reference's activations of one pair, by PyTorch's module paths.
  func stages() throws -> (pair: TextPair, stages: [String: [Float]]) {
    let inputs = try inputs()
    let item = inputs.items[try #require(inputs.stagesOf)]
    let stages = try Goldens.tensors("zoo/\(name)/expected.safetensors")
      .filter { $0.key.hasPrefix("stage.") }
      .map { (String($0.key.dropFirst("stage.".count)), $0.value.elements) }
    return (TextPair(item.query, item.passage), Dictionary(uniqueKeysWithValues: stages))
  }
}
