import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// A causal language model that answers yes or no.
@Suite struct Qwen3RerankerTests {
  private struct Inputs: Decodable {
    let items: [Pair]

    struct Pair: Decodable {
      let query: String
      let passage: String
      let ids: [Int]
      let yes: Float
      let no: Float
      let score: Float

      private enum CodingKeys: String, CodingKey {
        case query, passage, ids, score
        case yes = "logit_yes"
        case no = "logit_no"
      }
    }
  }

  @Test func `the logits are those of yes less those of no`() throws {
    let pairs = try Goldens.json("zoo/qwen3-reranker/inputs.json", as: Inputs.self).items
    let reranker = try Reranker(modelFolder: Goldens.url("zoo/qwen3-reranker"))
    #expect(reranker.labels.count == 1)
    let together = try reranker.scores(of: pairs.map { TextPair($0.query, $0.passage) })
    for (pair, result) in zip(pairs, together) {
      let score = try result.get()
      #expect(score.tokenCount == pair.ids.count)
      #expect(abs(score.logit - (pair.yes - pair.no)) < 2e-5, "\(pair.passage)")
      #expect(abs(score.probabilities[0] - pair.score) < 1e-5)
      #expect(try reranker.score(of: TextPair(pair.query, pair.passage)).logits == score.logits)
    }
  }

  @Test func `what does not fit is cut from the passage's end, and said`() throws {
    let long = String(repeating: "a long answer about whales and the sea. ", count: 60)
    let reranker = try Reranker(
      modelFolder: Goldens.url("zoo/qwen3-reranker"), options: .init(maxLength: 220))
    let score = try reranker.score(of: TextPair("what is a panda?", long))
    #expect(score.tokenCount == 220)
    #expect(score.truncation != nil)
  }

  @Test func `a text by itself is refused`() throws {
    let reranker = try Reranker(modelFolder: Goldens.url("zoo/qwen3-reranker"))
    #expect(throws: EmbedderError.self) { try reranker.score(of: TextPair("what is a panda?")) }
  }
}

/// The same in sentence-transformers' layout, which asks by a template of its own. The numbers are
/// those of its release 6.2.
@Suite struct LogitScoreTests {
  private static let question = """
    <|im_start|>system
    Judge whether the Document meets the requirements based on the Query and the Instruct \
    provided. Note that the answer can only be "yes" or "no".<|im_end|>
    <|im_start|>user
    <Instruct>: {{ (messages | selectattr("role", "eq", "system") | map(attribute="content") \
    | first) | default("Given a web search query, retrieve relevant passages that answer the \
    query", true) }}
    <Query>: {{ messages | selectattr("role", "eq", "query") | map(attribute="content") | first }}
    <Document>: {{ messages | selectattr("role", "eq", "document") | map(attribute="content") \
    | first }}<|im_end|>
    <|im_start|>assistant
    <think>

    </think>


    """
  private static let otherQuestion =
    "{% for m in messages %}<|im_start|>{{ m.role }}: {{ m.content }}<|im_end|>{% endfor %}answer:"

  private let pairs = [
    TextPair("what is a panda?", "The giant panda is a bear."),
    TextPair(
      "what is a panda?",
      String(repeating: "a long answer about whales and the sea. ", count: 60)),
    TextPair("", ""),
  ]

  private func folder(
    template: String? = Self.question + "\n", score: [String: Any] = [:],
    reading: [String: Any] = [:], prompts: [String: Any] = [:]
  ) throws -> GoldenCopy {
    let folder = try GoldenCopy(of: "zoo/qwen3-reranker")
    try folder.write(
      [
        ["path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"],
        [
          "path": "1_LogitScore",
          "type": "sentence_transformers.cross_encoder.modules.logit_score.LogitScore",
        ],
      ], to: "modules.json")
    let ids: [String: Any] = [
      "true_token_id": 88, "false_token_id": 77, "module_input_name": "causal_logits",
    ]
    try folder.write(ids.merging(score) { $1 }, to: "1_LogitScore/config.json")
    let own: [String: Any] = [
      "transformer_task": "text-generation", "module_output_name": "causal_logits",
      "modality_config": [
        "text": ["method": "forward", "method_output_name": "logits"],
        "message": ["method": "forward", "method_output_name": "logits", "format": "flat"],
      ],
    ]
    try folder.write(own.merging(reading) { $1 }, to: "sentence_bert_config.json")
    let versions: [String: Any] = ["__version__": ["sentence_transformers": "6.2.0"]]
    try folder.write(
      versions.merging(prompts) { $1 }, to: "config_sentence_transformers.json")
    if let template {
      try Data(template.utf8).write(to: folder.url.appending(path: "chat_template.jinja"))
    }
    return folder
  }

  private func expectLogits(
    _ expected: [Float], tokens: [Int], _ folder: GoldenCopy, prompt: Prompt? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let reranker = try Reranker(modelFolder: folder.url, options: .init(prompt: prompt))
    let scores = try reranker.scores(of: pairs).map { try $0.get() }
    #expect(scores.map(\.tokenCount) == tokens, sourceLocation: sourceLocation)
    #expect(
      disagreement(scores.map(\.logit), expected, Tolerance(absolute: 5e-5, relative: 1e-5))
        == nil, sourceLocation: sourceLocation)
    #expect(scores[0].truncation == nil && scores[1].truncation != nil)
  }

  @Test func `the folder's template asks, to its last line break`() throws {
    try expectLogits([7.658961, 5.3835564, 7.3349204], tokens: [194, 512, 177], folder())
    // Jinja drops the last one.
    try expectLogits(
      [7.88885, 5.2976875, 7.410123], tokens: [193, 512, 176], folder(template: Self.question))
    let other = try folder(template: Self.otherQuestion)
    try expectLogits([-0.67510796, 0.6303276, 0.3412373], tokens: [35, 512, 18], other)
    let plain = try Reranker(modelFolder: Goldens.url("zoo/qwen3-reranker")).score(of: pairs[0])
    let known = try folder()
    let asked = try Reranker(modelFolder: known.url).score(of: pairs[0])
    #expect(plain.logit == asked.logit)
  }

  @Test func `a prompt is the instruction, and the folder's own counts`() throws {
    try expectLogits(
      [8.064471, 5.81686, 7.3847895], tokens: [165, 512, 148],
      folder(prompts: ["prompts": ["web": "Find duplicates"], "default_prompt_name": "web"]))
    try expectLogits(
      [0.22152328, 0.3290416, -1.1565628], tokens: [52, 512, 35],
      folder(template: Self.otherQuestion), prompt: .text("Find duplicates"))
  }

  @Test func `without a second answer the logit of the first is the score`() throws {
    try expectLogits(
      [3.613563, -0.23899746, 3.735394], tokens: [194, 512, 177],
      folder(score: ["false_token_id": NSNull()]))
  }

  @Test func `what would be read otherwise is refused by name`() throws {
    let forward = ["method": "forward", "method_output_name": "logits"]
    let roles = "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}"
    let format = forward.merging(["format": "structured"]) { $1 }
    let cases: [(GoldenCopy, String)] = [
      (try folder(template: nil), "no chat template"),
      (try folder(template: roles), "chat_template.jinja"),
      (try folder(template: "{{ messages[0].content[0].text }}"), "chat_template.jinja"),
      (
        try folder(reading: ["modality_config": NSNull()]),
        "sentence_bert_config.json: modality_config is missing"
      ),
      (
        try folder(reading: ["modality_config": ["text": forward]]),
        "sentence_bert_config.json: modality_config.message"
      ),
      (
        try folder(reading: ["modality_config": ["message": format]]),
        "sentence_bert_config.json: modality_config.message.format"
      ),
      (try folder(score: ["scale": 2]), "1_LogitScore/config.json: scale"),
      (
        try folder(score: ["module_input_name": "scores"]),
        "1_LogitScore/config.json: module_input_name"
      ),
    ]
    for (copy, reason) in cases {
      let error = #expect(throws: EmbedderError.self) { try Reranker(modelFolder: copy.url) }
      #expect("\(error, default: "none")".contains(reason), "\(reason)")
    }
  }
}
