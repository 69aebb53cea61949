import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraLayers
import TesseraTensors
import TesseraTestSupport
import Testing

/// What every classifier has to keep, whatever it computes.
@Suite struct ClassifierTests {
  @Test(arguments: GoldenClassifier.all)
  func `logits are the reference's, and the same bits alone and in a batch`(
    _ golden: GoldenClassifier
  ) throws {
    for truncation in Reranker.Truncation.allCases {
      let answers = try golden.answers().filter { $0.truncation == truncation }
      #expect(answers.count > 3)
      let reranker = try golden.reranker(truncation)
      let together = try reranker.scores(of: answers.map(\.pair))
      for (answer, result) in zip(answers, together) {
        guard let logits = answer.logits else {
          guard case .failure(.firstTextTooLong) = result else {
            Issue.record("\(result)")
            continue
          }
          continue
        }
        let score = try result.get()
        #expect(disagreement(score.logits, logits, .logit) == nil, "\(answer.pair)")
        #expect(score.tokenCount == answer.tokenCount)
        #expect(score.logits.count == reranker.labels.count)
        let alone = try reranker.score(of: answer.pair)
        #expect(disagreement(score.logits, alone.logits, .batch) == nil)
      }
    }
  }

  @Test(arguments: GoldenClassifier.all)
  func `stages have the names and values of the reference's modules`(
    _ golden: GoldenClassifier
  ) throws {
    let (pair, expected) = try golden.stages()
    #expect(expected.count > 2)
    let trace = Trace()
    let reranker = try golden.reranker()
    let traced = try reranker.scores(of: [pair], trace: trace)[0].get()
    let seen = Dictionary(trace.stages.map { ($0.name, $0.tensor.elements) }) { first, _ in first }
    for (name, values) in expected {
      let own = try #require(seen[name], "\(name)")
      #expect(disagreement(own, values, .activation) == nil, "\(name)")
    }
    #expect(traced.logits == (try reranker.score(of: pair)).logits)
  }

  @Test(arguments: GoldenClassifier.all)
  func `int8 is near, and a folder of bytes gives its bits`(_ golden: GoldenClassifier) throws {
    let pairs = try golden.answers().filter { $0.truncation == .longestFirst }.map(\.pair)
    func logits(_ reranker: Reranker) throws -> [Float] {
      try reranker.scores(of: pairs).flatMap { try $0.get().logits }
    }
    let exact = try logits(golden.reranker())
    let int8 = try logits(golden.reranker(precision: .int8))
    #expect(int8 != exact)
    let largest = exact.map(abs).max() ?? 0
    for (one, other) in zip(int8, exact) { #expect(abs(one - other) < 0.1 * largest) }
    let quantized = try Reranker(
      modelFolder: ConvertedModels.quantized(golden.folder), options: .init(maxLength: 64))
    #expect(quantized.precision == .int8)
    #expect(try logits(quantized) == int8)
  }

  @Test(arguments: GoldenClassifier.all)
  func `what makes no vectors is refused by encode, and the other way round`(
    _ golden: GoldenClassifier
  ) throws {
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: golden.folder) }
    #expect("\(error, default: "none")".contains("rerank"))
    let other = #expect(throws: EmbedderError.self) {
      try Reranker(modelFolder: Goldens.url("zoo/labse"))
    }
    #expect("\(other, default: "none")".contains("encode"))
  }

  @Test func `probabilities, predictions and order`() throws {
    let reranker = try GoldenClassifier(name: "reranker-xlmr").reranker()
    let pair = TextPair("what is a panda?", "The giant panda is a bear.")
    let score = try reranker.score(of: pair)
    let sigmoid = Float(1 / (1 + exp(-Double(score.logit))))
    #expect(score.probabilities == [sigmoid] && score.predictions == [sigmoid])
    let passages = ["a bear", "the sea", "a bear", "Berlin"]
    let hits = try reranker.rank(passages, for: pair.first)
    #expect(Set(hits.map(\.index)) == [0, 1, 2, 3])
    for (hit, next) in zip(hits, hits.dropFirst()) {
      #expect(
        hit.score.logit > next.score.logit
          || (hit.score.logit == next.score.logit && hit.index < next.index))
    }
    let labels = try GoldenClassifier(name: "reranker-roberta-3").reranker()
    let three = try labels.score(of: pair)
    #expect(labels.labels.count == 3 && three.predictions == three.logits)
    #expect(abs(three.probabilities.reduce(0, +) - 1) < 1e-6)
    #expect(throws: EmbedderError.notAReranker(labels: labels.labels)) {
      try labels.rank(passages, for: "panda")
    }
  }

  @Test(arguments: [
    ("nomic-bert", "NomicBertForSequenceClassification"),
    ("jina-v2", "JinaBertForSequenceClassification"),
  ])
  func `a classifier of a family without one is said to be not supported`(
    _ name: String, _ architecture: String
  ) throws {
    let folder = try GoldenCopy(of: "zoo/\(name)")
    try? FileManager.default.removeItem(at: folder.url.appending(path: "modules.json"))
    try folder.merge(["architectures": [architecture]], into: "config.json")
    let errors = [
      #expect(throws: EmbedderError.self) { try Reranker(modelFolder: folder.url) },
      #expect(throws: EmbedderError.self) { try Embedder(modelFolder: folder.url) },
    ]
    for error in errors {
      let reason = "\(error, default: "none")"
      #expect(reason.contains("config.json: architectures: \(architecture)"), "\(reason)")
      #expect(reason.contains("not supported"), "\(reason)")
    }
  }

  @Test func `a classifier has no place for another head`() throws {
    let folder = try GoldenCopy(of: "zoo/reranker-bert")
    try folder.changeTensors { $0["score.weight"] = StoredTensor([1, 2], shape: [2]) }
    let error = #expect(throws: EmbedderError.self) { try Reranker(modelFolder: folder.url) }
    #expect("\(error, default: "none")".contains("score.weight"))
  }

  /// transformers' pipeline for texts, while what a CrossEncoder predicts stays as it is.
  @Test func `problem_type says what labels are`() throws {
    let folder = try GoldenCopy(of: "zoo/reranker-roberta-3")
    let pair = TextPair("what is a panda?", "The giant panda is a bear.")
    func score(_ problem: String) throws -> PairScore {
      try folder.merge(["problem_type": problem], into: "config.json")
      return try Reranker(modelFolder: folder.url).score(of: pair)
    }
    let plain = try GoldenClassifier(name: "reranker-roberta-3").reranker().score(of: pair)
    #expect(plain.labelScores == plain.probabilities)
    #expect(try score("single_label_classification").labelScores == plain.probabilities)
    #expect(try score("regression").labelScores == plain.logits)
    let apart = try score("multi_label_classification")
    #expect(apart.labelScores == plain.logits.map { Float(1 / (1 + exp(-Double($0)))) })
    #expect(apart.predictions == plain.logits && apart.probabilities == plain.probabilities)
    let error = #expect(throws: EmbedderError.self) { try score("ranking") }
    #expect("\(error, default: "none")".contains("config.json: problem_type"))
  }

  @Test func `the folder's activation counts, the nearest file first`() throws {
    let folder = try TemporaryFolder()
    let copy = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: Goldens.url("zoo/reranker-xlmr"), to: copy)
    let file = copy.appending(path: "config.json")
    let config = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    func prediction(
      _ changes: [String: Any], _ own: String? = nil
    ) throws -> (logit: Float, prediction: Float) {
      try JSONSerialization.data(withJSONObject: config.merging(changes) { $1 }).write(to: file)
      let extra = copy.appending(path: "config_sentence_transformers.json")
      try? FileManager.default.removeItem(at: extra)
      if let own { try Data(own.utf8).write(to: extra) }
      let score = try Reranker(modelFolder: copy).score(of: TextPair("a", "b"))
      return (score.logit, score.predictions[0])
    }
    let identity = "torch.nn.modules.linear.Identity"
    let old = try prediction(["sbert_ce_default_activation_function": identity])
    #expect(old.prediction == old.logit)
    let newer = try prediction([
      "sbert_ce_default_activation_function": identity,
      "sentence_transformers": ["activation_fn": "torch.nn.modules.activation.Tanh"],
    ])
    #expect(newer.prediction == Float(tanh(Double(newer.logit))))
    let newest = try prediction(
      ["sentence_transformers": ["activation_fn": "torch.nn.modules.activation.Tanh"]],
      #"{"activation_fn": "torch.nn.modules.linear.Identity"}"#)
    #expect(newest.prediction == newest.logit)
    let error = #expect(throws: EmbedderError.self) {
      try prediction(["sentence_transformers": ["activation_fn": "mine.Act"]])
    }
    #expect("\(error, default: "none")".contains("sentence_transformers.activation_fn"))
  }
}

extension Tolerance {
  fileprivate static let logit = Tolerance(absolute: 1e-5, relative: 1e-5)
}
