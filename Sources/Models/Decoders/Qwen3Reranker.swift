import TesseraCheckpoints
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// Qwen3-Reranker: the language model is asked whether a passage answers a query, and the logits of
/// "yes" and "no" behind the last token say how sure it is. Their difference is the score, of which
/// sigmoid makes the share of "yes". The question is the one that the model was trained on; a folder of
/// sentence-transformers asks by its own template.
///
/// Zhang et al., "Qwen3 Embedding".
extension Qwen3Family: DecoderClassifierFamily {
  /// One with a head of its own, or a language model whose tokens' vectors nothing pools.
  static func classifies(_ folder: ModelFiles) throws -> Bool {
    guard try folder.classifierArchitecture() == nil else { return true }
    let isLanguageModel = try folder.architectures().first == "Qwen3ForCausalLM"
    return isLanguageModel && !(folder.modules?.kinds.contains("Pooling") ?? false)
  }

  func labels(_ folder: ModelFiles) throws -> [String] {
    try hasScores ? folder.labels() : ["yes"]
  }

  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    guard !hasScores else { return try scorer(weights, labels: labels) }
    let tower = try tower(weights.below(Self.prefix))
    let ids = try answers ?? Qwen3Prompt(tokenizer()).answers
    let words =
      sharesWords
      ? tower.wordVectors(ids)
      : try EmbeddingTable(
        weights["lm_head"], count: config.vocabularySize, width: config.hiddenSize)(ids)
    return AnswerScore(
      tower: tower, head: Linear(path: "lm_head", weight: StoredMatrix(words.stored), bias: nil))
  }

  func sequence(
    of first: String, and second: String?, _ tokenizer: Tokenizer, limit: Int,
    truncation: PairTruncation
  ) throws -> Encoding {
    guard !hasScores else {
      return try plainSequence(
        of: first, and: second, tokenizer, limit: limit, truncation: truncation)
    }
    guard let second else { throw Qwen3PromptError.noPassage }
    return Qwen3Prompt(tokenizer).encoding(query: first, passage: second, limit: limit)
  }

  func fixedTokenCount(_ tokenizer: Tokenizer) -> Int {
    hasScores ? tokenizer.pairSpecialTokenCount : Qwen3Prompt(tokenizer).fixedTokenCount
  }
}

/// z_yes − z_no behind the last token, or z_yes where there is no other answer.
private struct AnswerScore: ClassifierModel {
  let tower: Decoder
  /// Of "yes" and "no": [B, C] → [B, 2]; of "yes" alone [B, 1].
  let head: Linear

  func callAsFunction(_ inputs: [ModelInput], trace: Trace?) throws -> [Tensor] {
    let logits = head(try tower.pooled(inputs, by: .lastToken, trace: trace))
    return inputs.indices.map { index in
      let answers = logits.row(index).elements
      return Tensor([answers.count == 1 ? answers[0] : answers[0] - answers[1]], shape: [1])
    }
  }
}

/// The question, as the model was trained on it. Its three parts are tokenised apart; of the middle
/// one, which holds query and passage, what does not fit is cut from the end.
private struct Qwen3Prompt {
  private let tokenizer: Tokenizer
  private let start: [Int]
  private let end: [Int]

  private static let task =
    "Given a web search query, retrieve relevant passages that answer the query"

  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    func ids(_ text: String) -> [Int] { tokenizer.encode(text, addSpecialTokens: false).ids }
    start = ids(
      "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and "
        + "the Instruct provided. Note that the answer can only be \"yes\" or \"no\"."
        + "<|im_end|>\n<|im_start|>user\n")
    end = ids("<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n")
  }

  var fixedTokenCount: Int { start.count + end.count }

  /// The first tokens of both answers.
  var answers: [Int] {
    get throws {
      let ids = ["yes", "no"].map { tokenizer.encode($0, addSpecialTokens: false).ids.first }
      guard let yes = ids[0], let no = ids[1], yes != no else {
        throw Qwen3PromptError.noAnswers
      }
      return [yes, no]
    }
  }

  func encoding(query: String, passage: String, limit: Int) -> Encoding {
    tokenizer.encode(
      "<Instruct>: \(Self.task)\n<Query>: \(query)\n<Document>: \(passage)",
      addSpecialTokens: false, maxLength: max(1, limit - fixedTokenCount)
    ).surrounded(by: start, end)
  }
}

private enum Qwen3PromptError: Error, CustomStringConvertible {
  case noPassage
  case noAnswers

  var description: String {
    switch self {
    case .noPassage: "this reranker scores a query and a passage together, not a text by itself"
    case .noAnswers: "tokenizer.json: \"yes\" and \"no\" begin with the same token, or with none"
    }
  }
}
