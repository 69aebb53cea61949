import TesseraEmbedders
import TesseraJSON
import TesseraServing
import TesseraTestSupport
import Testing

/// What clients say of their texts' roles chooses the folder's prompts.
@Suite struct PromptTests {
  private static let folder = Goldens.url("zoo/qwen3-embedding")

  @Test(arguments: [
    ("/v2/embed", #"{"texts":["a whale"],"input_type":"search_query"}"#, Prompt.query),
    ("/v2/embed", #"{"texts":["a whale"],"input_type":"search_document"}"#, .document),
    ("/v1/embeddings", #"{"input":"a whale","input_type":"query"}"#, .query),
    ("/v1/embeddings", #"{"input":"a whale","task":"retrieval.query"}"#, .query),
    ("/v1/embeddings", #"{"input":"a whale","task":"retrieval.passage"}"#, .document),
    ("/v1/embeddings", #"{"input":"a whale","prompt_name":"query"}"#, .query),
    ("/embed", #"{"inputs":"a whale","prompt_name":"query"}"#, .query),
  ])
  func aRoleChoosesItsPrompt(path: String, body: String, prompt: Prompt) async throws {
    let served = try await Served(folder: Self.folder)
    let expected = try served.vector(.text("a whale", prompt: prompt))
    let json = try await served.ask(path, body).json
    let vector =
      json["embeddings"]?["float"]?[0] ?? json["data"]?[0]?["embedding"] ?? json[0]
    #expect(vector?.floats == expected, "\(json)")
    let other = try served.vector(.text("a whale", prompt: prompt == .query ? .document : .query))
    #expect(expected != other)
  }

  @Test(arguments: [
    (#""task":"retrieval.query""#, "retrieval.query"),
    (#""input_type":"query""#, "retrieval.query"),
    (#""input_type":"search_document""#, "retrieval.passage"),
    (#""task":"separation""#, "separation"), (#""prompt_name":"separation""#, "separation"),
  ])
  func aTaskChoosesItsWeights(field: String, name: String) async throws {
    let served = try await Served(folder: Goldens.url("zoo/jina-v3"))
    let json = try await served.ask("/v1/embeddings", #"{"input":"a whale",\#(field)}"#).json
    let vector = json["data"]?[0]?["embedding"]
    #expect(try vector?.floats == served.vector(.text("a whale", prompt: .named(name))), "\(json)")
    #expect(try vector?.floats != served.vector(.text("a whale")))
  }

  @Test(arguments: [
    ("/v2/embed", #"{"texts":["a"],"input_type":"clustering"}"#, 400),
    ("/v1/embeddings", #"{"input":"a","task":"separation"}"#, 400),
    ("/v1/embeddings", #"{"input":"a","prompt_name":"passage"}"#, 400),
    ("/embed", #"{"inputs":"a","prompt_name":"none"}"#, 422),
    (
      "/similarity",
      #"{"inputs":{"source_sentence":"a","sentences":["b"]},"parameters":{"prompt_name":"x"}}"#, 422
    ),
    ("/tokenize", #"{"inputs":"a","prompt_name":"none"}"#, 422),
  ])
  func anUnknownOneIsRefusedWithThoseThatThereAre(
    path: String, body: String, status: Int
  ) async throws {
    let answer = try await Served(folder: Self.folder).ask(path, body)
    #expect(answer.status == status)
    #expect(answer.json.text.contains("document, query"), "\(answer.json)")
  }

  @Test func twoAreOneTooMany() async throws {
    let answer = try await Served(folder: Self.folder).ask(
      "/v1/embeddings", #"{"input":"a","prompt_name":"query","task":"retrieval.query"}"#)
    #expect(answer.status == 400)
  }

  @Test func withoutPromptsKnownRolesChangeNothing() async throws {
    let served = try await Served()
    let plain = try served.vector(.text("a whale"))
    for role in ["search_query", "search_document", "classification"] {
      let answer = try await served.ask(
        "/v2/embed", #"{"texts":["a whale"],"input_type":"\#(role)"}"#)
      #expect(answer.json["embeddings"]?["float"]?[0]?.floats == plain)
    }
    for body in [#""prompt_name":"query""#, #""input_type":"anything""#] {
      #expect(try await served.ask("/v1/embeddings", "{\"input\":\"a\",\(body)}").status == 400)
    }
  }

  @Test func tokensStandBehindThePrompt() async throws {
    let served = try await Served(folder: Self.folder)
    let plain = try await served.ask("/tokenize", #"{"inputs":"a whale"}"#)
    let behind = try await served.ask("/tokenize", #"{"inputs":"a whale","prompt_name":"query"}"#)
    #expect(plain.json[0]?.array?.count ?? 0 < behind.json[0]?.array?.count ?? 0)
  }
}
