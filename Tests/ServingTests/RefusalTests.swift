import TesseraJSON
import TesseraServing
import Testing

@Suite struct RefusalTests {
  @Test(arguments: [
    (#"{"input":[1,2,3]}"#, 400, "check_embedding_ctx_length=False"),
    (#"{"input":[[1,2,3]]}"#, 400, "check_embedding_ctx_length=False"),
    (#"{"input":""}"#, 400, "empty"), (#"{"input":[]}"#, 400, "empty"),
    (#"{"input":["a",""]}"#, 400, "input[1]"), (#"{}"#, 400, "'input' is missing"),
    (#"{"input":"a","model":"none"}"#, 404, "none"),
    (#"{"input":"a","dimensions":99999}"#, 400, "dimensions"),
    (#"{"input":"a","dimensions":0}"#, 400, "expected 1 to"),
    (#"{"input":[[]]}"#, 400, "input[0]"),
    (#"{"input":"a","encoding_format":"int8"}"#, 400, "encoding_format"),
    (#"{"input":"a","temperature":1}"#, 400, "temperature"),
    (#"{"input":"a","normalized":false}"#, 400, "normalized"),
    (#"{"input":{"image":"http://example.org/a.png"}}"#, 400, "not fetched"),
    (#"{"input":{"image":"file:///etc/passwd"}}"#, 400, "file"),
    (#"{"input":{"image":"AAAA"}}"#, 400, "input"),
    (#"{"input":[{"text":""}]}"#, 400, "input[0].text"),
    (#"{"messages":[{"role":"user","content":[{"type":"text","text":""}]}]}"#, 400, "empty"),
    (#"{"input":7}"#, 400, "input"), (#"{"input":"a""#, 400, "JSON"), ("", 400, "no body"),
  ])
  func openAISaysWhatIsWrong(body: String, status: Int, says: String) async throws {
    let answer = try await Served().ask("/v1/embeddings", body)
    #expect(answer.status == status)
    #expect(answer.json["error"]?["message"]?.string?.contains(says) == true, "\(answer.json)")
    #expect(answer.json["error"]?["type"]?.string == "invalid_request_error")
  }

  @Test func aKeyIsNeededWhereThereAreKeys() async throws {
    let served = try await Served { $0.keys = KeyRing(lines: ["# ours", "secret", " other "]) }
    let body = #"{"input":"a"}"#
    #expect(try await served.ask("/v1/embeddings", body).status == 401)
    for (key, status) in [("secret", 200), ("other", 200), ("secre", 401), ("# ours", 401)] {
      let answer = try await served.ask(
        "/v1/embeddings", body, headers: ["authorization": "Bearer \(key)"])
      #expect(answer.status == status, "\(key)")
    }
    #expect(try await served.ask("/health").status == 200)
  }

  @Test func limitsAreKept() async throws {
    let served = try await Served {
      $0.items = 2
      $0.textBytes = 10
    }
    #expect(try await served.ask("/embed", #"{"inputs":["a","b","c"]}"#).status == 413)
    #expect(try await served.ask("/embed", #"{"inputs":"a long text"}"#).status == 413)
  }

  @Test func whatIsNotThereIsSaid() async throws {
    let served = try await Served()
    #expect(try await served.ask("/nothing").status == 404)
    #expect(try await served.ask("/embed").status == 405)
    #expect(try await served.ask("/api/chat").json["error"]?.string != nil)
    #expect(try await served.ask("/v1/models/book").status == 200)
    #expect(try await served.ask("/v1/models/other").status == 404)
  }

  @Test func aServerThatStopsIsNotReady() async throws {
    let served = try await Served()
    #expect(try await served.ask("/health/ready").status == 200)
    served.service.beginToStop()
    #expect(try await served.ask("/health/ready").status == 503)
    #expect(try await served.ask("/health/live").status == 200)
  }

  @Test func idsAreTakenWhereTheServerSaysSo() async throws {
    let served = try await Served { $0.acceptsTokenIDs = true }
    #expect(try await served.ask("/v1/embeddings", #"{"input":[5,6]}"#).status == 200)
    #expect(try await served.ask("/v1/embeddings", #"{"input":[99999999]}"#).status == 400)
    #expect(try await served.ask("/v1/embeddings", #"{"input":[[]]}"#).status == 400)
    #expect(try await served.ask("/embed", #"{"inputs":[[]]}"#).status == 400)
  }

  @Test func allDimensionsAreMeantByInfinitysClients() async throws {
    let served = try await Served()
    let answer = try await served.ask(
      "/v1/embeddings", #"{"input":"a","dimensions":0,"modality":"text"}"#)
    #expect(
      answer.json["data"]?[0]?["embedding"]?.array?.count == served.embedder.dimension)
  }

  @Test func queriesAreReadAsFormsWriteThem() {
    #expect(
      Question.members(ofQuery: "id=d%2F+lead.webp&index=a%2Bb=c&x&=&")
        == ["id": "d/ lead.webp", "index": "a+b=c", "x": "", "": ""])
  }

  @Test func metricsCount() async throws {
    let served = try await Served()
    _ = try await served.ask("/embed", #"{"inputs":"a"}"#)
    let text = try await served.ask("/metrics").json.string ?? ""
    #expect(text.contains(#"te_request_success{method="single"} 1"#))
    #expect(text.contains("te_batch_next_tokens_count 1"))
  }
}
