import Foundation
import TesseraEmbedders
import TesseraJSON
import TesseraServing
import Testing

/// What clients send, and what they must get.
@Suite struct ShapesTests {
  /// A picture of four by four pixels.
  static let png =
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAKUlEQVR4nA3HMQEAAA"
    + "zCMIRVGGdFIXDLlyQSGxcTBIvjU6mt62cyOzcPp2MTQTYdST8AAAAASUVORK5CYII="

  @Test func openAIGivesNumbersAndBase64() async throws {
    let served = try await Served()
    let whale = try served.vector(.text("a whale"))
    let numbers = try await served.ask("/v1/embeddings", #"{"model":"book","input":"a whale"}"#)
    #expect(numbers.status == 200)
    #expect(numbers.json["data"]?[0]?["embedding"]?.floats == whale)
    let both = try await served.ask(
      "/v1/embeddings", #"{"input":["a cat","a whale"],"encoding_format":"base64","user":"me"}"#)
    #expect(both.json["data"]?[1]?["embedding"]?.base64Floats == whale)
    #expect(both.json["data"]?[1]?["index"]?.number == 1)
    #expect(both.json["usage"]?["prompt_tokens"]?.number ?? 0 > 4)
  }

  @Test func fewerDimensionsHaveLengthOne() async throws {
    let served = try await Served()
    let answer = try await served.ask("/v1/embeddings", #"{"input":"a whale","dimensions":8}"#)
    let vector = try #require(answer.json["data"]?[0]?["embedding"]?.floats)
    #expect(vector.count == 8)
    #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
  }

  @Test func aPictureWithATextIsOneVectorInEveryDialect() async throws {
    let served = try await Served()
    let data = try #require(Data(base64Encoded: Self.png))
    let fused = try served.vector(Item(text: "a whale", image: .data(data, name: "it")))
    let url = "data:image/png;base64,\(Self.png)"
    let messages =
      #"[{"type":"image_url","image_url":{"url":"\#(url)"}},{"type":"text","text":"a whale"}]"#
    for body in [
      #"{"input":[{"text":"a whale","image":"\#(Self.png)"}]}"#,
      #"{"messages":[{"role":"user","content":\#(messages)}]}"#,
    ] {
      let answer = try await served.ask("/v1/embeddings", body)
      #expect(answer.json["data"]?[0]?["embedding"]?.floats == fused, "\(body.prefix(30))")
    }
    let cohere = try await served.ask("/v2/embed", #"{"inputs":[{"content":\#(messages)}]}"#)
    #expect(cohere.json["embeddings"]?["float"]?[0]?.floats == fused)
  }

  @Test func aPictureAloneByModality() async throws {
    let served = try await Served()
    let data = try #require(Data(base64Encoded: Self.png))
    let alone = try served.vector(Item(image: .data(data, name: "it")))
    let answer = try await served.ask(
      "/v1/embeddings", #"{"input":["\#(Self.png)"],"modality":"image"}"#)
    #expect(answer.json["data"]?[0]?["embedding"]?.floats == alone)
  }

  @Test func teiGivesRows() async throws {
    let served = try await Served()
    let whale = try served.vector(.text("a whale"))
    for path in ["/embed", "/"] {
      let answer = try await served.ask(path, #"{"inputs":"a whale","truncate":true}"#)
      #expect(answer.json[0]?.floats == whale)
    }
    let empty = try await served.ask("/embed", #"{"inputs":[]}"#)
    #expect(empty.status == 400)
    #expect(empty.json["error_type"]?.string == "Empty")
    let similarity = try await served.ask(
      "/similarity", #"{"inputs":{"source_sentence":"a whale","sentences":["a whale","a cat"]}}"#)
    #expect(abs((similarity.json[0]?.number ?? 0) - 1) < 1e-6)
  }

  /// As Hugging Face's clients send them.
  @Test func optionsMayStandInParameters() async throws {
    let served = try await Served()
    let whale = try served.vector(.text("a whale"))
    for parameters in ["{}", "null", #"{"truncate":true,"normalize":true}"#] {
      let answer = try await served.ask(
        "/embed", #"{"inputs":"a whale","parameters":\#(parameters)}"#)
      #expect(answer.json[0]?.floats == whale, "\(parameters)")
    }
    let body = #"{"inputs":{"source_sentence":"a whale","sentences":["a cat","a whale"]}"#
    let cosines = try await served.ask("/similarity", body + "}")
    let same = try await served.ask("/", body + #","parameters":{}}"#)
    #expect(same.status == 200 && same.json == cosines.json)
    for (path, body, says) in [
      ("/embed", #"{"inputs":"a","parameters":{"invented":1}}"#, "invented"),
      ("/", body + #","parameters":{"invented":1}}"#, "invented"),
      ("/embed", #"{"inputs":"a","truncate":true,"parameters":{"truncate":false}}"#, "twice"),
    ] {
      let answer = try await served.ask(path, body)
      #expect(answer.status == 422 && answer.json.text.contains(says), "\(answer.json)")
    }
  }

  @Test func idsGoThereAndBack() async throws {
    let served = try await Served()
    let tokens = try await served.ask("/tokenize", #"{"inputs":"a whale"}"#)
    let row = try #require(tokens.json[0]?.array)
    #expect(row.first?["special"]?.bool == true)
    let ids = row.compactMap { $0["id"]?.number }.map { String(Int($0)) }.joined(separator: ",")
    let text = try await served.ask("/decode", #"{"ids":[\#(ids)]}"#)
    #expect(text.json[0]?.string == "a whale")
  }

  @Test func coheresFirstVersionGivesRowsUnlessTypesAreNamed() async throws {
    let served = try await Served()
    let whale = try served.vector(.text("a whale"))
    let rows = try await served.ask("/v1/embed", #"{"texts":["a whale"]}"#).json
    #expect(rows["embeddings"]?[0]?.floats == whale)
    #expect(rows["response_type"]?.string == "embeddings_floats")
    #expect(rows["texts"]?[0]?.string == "a whale")
    let named = try await served.ask(
      "/v1/embed", #"{"texts":["a whale"],"embedding_types":["float"]}"#
    ).json
    #expect(named["embeddings"]?["float"]?[0]?.floats == whale)
    #expect(named["response_type"]?.string == "embeddings_by_type")
    let second = try await served.ask("/v2/embed", #"{"texts":["a whale"]}"#).json
    #expect(second["embeddings"]?["float"]?[0]?.floats == whale)
  }

  @Test func ollamaGivesRows() async throws {
    let served = try await Served()
    let answer = try await served.ask("/api/embed", #"{"model":"book:latest","input":["a whale"]}"#)
    #expect(answer.json["embeddings"]?[0]?.floats == (try served.vector(.text("a whale"))))
    let missing = try await served.ask("/api/embed", #"{"model":"none","input":"a"}"#)
    #expect(missing.status == 404)
    #expect(missing.json["error"]?.string?.contains("none") == true)
  }

  @Test func whatIsCutIsToldOrRefused() async throws {
    let served = try await Served()
    let long = String(repeating: "whale ", count: 2000)
    let told = try await served.ask("/v1/embeddings", #"{"input":["a","\#(long)"]}"#)
    let cut = told.json["usage"]?["truncated"]?[0]
    #expect(cut?["index"]?.number == 1)
    #expect(cut?["tokens"]?.number ?? 0 >= 2000)
    let refused = try await served.ask("/embed", #"{"inputs":"\#(long)","truncate":false}"#)
    #expect(refused.status == 422)
  }
}
