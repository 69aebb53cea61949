import TesseraEmbedders
import TesseraJSON
import TesseraServing
import TesseraTestSupport
import Testing

/// Pairs of texts, in all dialects with the numbers of `Reranker`.
@Suite struct PairTests {
  private let query = "how many people live in Berlin?"
  private let passages = [
    "The giant panda is a bear.", "Berlin has a population of 3,520,031.", "Berlin is a city.",
  ]
  private static let one = "zoo/reranker-xlmr"
  private static let three = "zoo/reranker-roberta-3"

  private var texts: String { JSONValue.array(passages.map { .string($0) }).text }
  private var hits: [Reranker.Hit] {
    get throws { try Reranker(modelFolder: Goldens.url(Self.one)).rank(passages, for: query) }
  }

  @Test func teiGivesScoresInOrder() async throws {
    let served = try await Served(reranker: Self.one)
    let body = #"{"query":"\#(query)","texts":\#(texts),"return_text":true"#
    let answer = try await served.ask("/rerank", body + "}")
    #expect(answer.status == 200)
    #expect(
      answer.json.array?.compactMap { $0["index"]?.number } == (try hits.map { Double($0.index) }))
    let scores = answer.json.array?.compactMap { $0["score"]?.number.map { Float($0) } }
    #expect(scores == (try hits.map(\.score.probabilities[0])))
    #expect(answer.json[0]?["text"]?.string == passages[try hits[0].index])
    let raw = try await served.ask("/rerank", body + #","raw_scores":true}"#)
    let logits = raw.json.array?.compactMap { $0["score"]?.number.map { Float($0) } }
    #expect(logits == (try hits.map(\.score.logit)))
  }

  @Test(arguments: ["/rerank", "/v1/rerank", "/v2/rerank"])
  func othersGiveResults(path: String) async throws {
    let served = try await Served(reranker: Self.one)
    let answer = try await served.ask(
      path,
      #"{"model":"pairs","query":"\#(query)","documents":[{"text":"\#(passages[0])"},"#
        + #""\#(passages[1])","\#(passages[2])"],"top_n":2,"return_documents":true}"#)
    #expect(answer.status == 200, "\(answer.json)")
    let results = answer.json["results"]?.array ?? []
    #expect(results.count == 2)
    for (result, hit) in zip(results, try hits) {
      #expect(result["index"]?.number == Double(hit.index))
      #expect(result["relevance_score"]?.number.map { Float($0) } == hit.score.probabilities[0])
      #expect(result["document"]?["text"]?.string == passages[hit.index])
    }
  }

  @Test func vllmScoresPairsInTheirOrder() async throws {
    let served = try await Served(reranker: Self.one)
    let all = try await served.ask("/score", #"{"text_1":"\#(query)","text_2":\#(texts)}"#)
    let scores = all.json["data"]?.array?.compactMap { $0["score"]?.number.map { Float($0) } }
    #expect(
      scores == (try hits.sorted { $0.index < $1.index }.map(\.score.probabilities[0])))
    let wrong = try await served.ask("/score", #"{"queries":["a","b"],"documents":\#(texts)}"#)
    #expect(wrong.status == 400)
  }

  @Test func aClassifierGivesItsLabels() async throws {
    let served = try await Served(reranker: Self.three)
    let classifier = try Reranker(modelFolder: Goldens.url(Self.three))
    let pair = try classifier.score(of: TextPair("a", "b"))
    let one = try await served.ask("/predict", #"{"inputs":["a","b"]}"#)
    for label in one.json.array ?? [] {
      let place = try #require(
        classifier.labels.firstIndex(of: label["label"]?.string ?? ""))
      #expect(label["score"]?.number.map { Float($0) } == pair.probabilities[place])
    }
    let scores = one.json.array?.compactMap { $0["score"]?.number } ?? []
    #expect(scores.count == classifier.labels.count && scores == scores.sorted(by: >))
    let batch = try await served.ask("/predict", #"{"inputs":[["a","b"],["c"]],"raw_scores":true}"#)
    #expect(
      batch.json[0]?.array?.compactMap { $0["score"]?.number.map { Float($0) } }
        == pair.logits.sorted(by: >))
    #expect(batch.json.array?.count == 2)
    let best = try await served.ask(
      "/predict", #"{"inputs":["a","b"],"parameters":{"top_k":1}}"#)
    #expect(best.json.array?.count == 1 && best.json[0] == one.json[0])
    #expect(
      try await served.ask("/rerank", #"{"query":"a","texts":["b"]}"#).status == 422)
  }

  @Test(arguments: [
    ("/rerank", #"{"query":"a","texts":[]}"#, 400, "texts"),
    ("/rerank", #"{"query":"","texts":["b"]}"#, 400, "query"),
    ("/rerank", #"{"query":"a","texts":["b"],"model":"book"}"#, 422, "book"),
    ("/v1/rerank", #"{"query":"a","documents":[{"image":"b"}]}"#, 400, "image"),
    ("/v1/rerank", #"{"query":"a","documents":["b"],"top_n":0}"#, 400, "top_n"),
    ("/v2/rerank", #"{"query":"a","documents":["b"],"max_tokens_per_doc":1}"#, 400, "max_tokens"),
    ("/v1/embeddings", #"{"input":"a","model":"pairs"}"#, 400, "pairs"),
    ("/predict", #"{"inputs":[["a","b","c"]]}"#, 422, "inputs"),
    ("/predict", #"{"inputs":"a","parameters":{"invented":1}}"#, 422, "invented"),
  ])
  func whatIsWrongIsNamed(path: String, body: String, status: Int, says: String) async throws {
    let answer = try await Served(reranker: Self.one).ask(path, body)
    #expect(answer.status == status)
    #expect(answer.json.text.contains(says), "\(answer.json)")
  }

  @Test func aLongPairIsToldOrRefused() async throws {
    let served = try await Served(reranker: Self.one)
    let long = String(repeating: "Berlin ", count: 3000)
    let body = #"{"query":"a","documents":["b","\#(long)"]"#
    let told = try await served.ask("/v1/rerank", body + "}")
    #expect(told.json["usage"]?["truncated"]?[0]?["index"]?.number == 1)
    #expect(try await served.ask("/v1/rerank", body + #","truncate":false}"#).status == 400)
  }

  @Test func pairsInAnyCompanyHaveTheirBits() async throws {
    let served = try await Served(reranker: Self.one)
    let reranker = try Reranker(modelFolder: Goldens.url(Self.one))
    let texts = (1...40).map { number in
      (0..<number % 9 + 1).map { "Berlin \($0 * number)" }.joined(separator: " ")
    }
    let together = try await withThrowingTaskGroup(of: (Int, Float?).self) { group in
      for (index, text) in texts.enumerated() {
        group.addTask {
          let answer = try await served.ask(
            "/rerank", #"{"query":"a city","texts":["\#(text)"],"raw_scores":true}"#,
            client: "\(index % 5)")
          return (index, answer.json[0]?["score"]?.number.map { Float($0) })
        }
      }
      return try await group.reduce(into: [Int: Float]()) { $0[$1.0] = $1.1 }
    }
    for (index, text) in texts.enumerated() {
      let alone = try reranker.score(of: TextPair("a city", text)).logit
      #expect(together[index]?.bitPattern == alone.bitPattern, "text \(index)")
    }
  }

  @Test func aModelThatScoresIsListedAndTold() async throws {
    let served = try await Served(reranker: Self.one)
    let list = try await served.ask("/v1/models")
    #expect(
      list.json["data"]?.array?.compactMap { $0["kind"]?.string } == ["embedder", "reranker"])
    let info = try await served.ask("/info", query: ["model": "pairs"])
    #expect(info.json["model_type"]?["reranker"] != nil)
    #expect(
      try await served.ask("/tokenize", #"{"model":"pairs","inputs":"Berlin"}"#).status == 200)
  }
}
