import Foundation
import TesseraEmbedders
import TesseraJSON
import TesseraServing
import TesseraTestSupport
import Testing

/// OpenAI's chat completions, with the words of a conversation with the same model.
@Suite struct ChatCompletionTests {
  private static let folder = "zoo/smolvlm"
  private static let folders = [
    folder, "zoo/llava", "zoo/llava-next-mistral", "zoo/llava-onevision",
  ]
  private let path = "/v1/chat/completions"
  private let question = "What is in this picture?"
  private let image = Goldens.url("images/rgb.png")

  private func body(_ further: String = "", _ pictures: [Data]? = nil) throws -> String {
    let parts = try (pictures ?? [Data(contentsOf: image)]).map {
      let url = "data:image/png;base64," + $0.base64EncodedString()
      return #"{"type":"image_url","image_url":{"url":"\#(url)"}},"#
    }
    return #"{"model":"chat","max_tokens":12,"messages":[{"role":"user","content":["#
      + parts.joined() + #"{"type":"text","text":"\#(question)"}]}]\#(further)}"#
  }

  private func alone(
    _ folder: String = Self.folder, about images: [URL]? = nil
  ) throws -> ChatAnswer {
    var conversation = try LocalChat(modelFolder: Goldens.url(folder)).conversation()
    return try conversation.ask(
      question, about: (images ?? [image]).map { .file($0) },
      options: ChatOptions(maxNewTokens: 12))
  }

  /// What the events of a stream say together.
  private func text(of answer: Answer) async throws -> String {
    #expect(answer.header("content-type") == "text/event-stream")
    var bytes: [UInt8] = []
    for await piece in try #require(answer.pieces) { bytes += piece }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .compactMap { $0.hasPrefix("data: ") ? String($0.dropFirst(6)) : nil }
    #expect(lines.last == "[DONE]")
    return try lines.dropLast().reduce("") { text, line in
      let json = try Array(line.utf8).withUnsafeBytes {
        try JSONReader.read($0) { try $0.readValue() }
      }
      return text + (json["choices"]?[0]?["delta"]?["content"]?.string ?? "")
    }
  }

  @Test func `an answer about a picture is the library's`() async throws {
    let served = try await Served(chat: Self.folder)
    let answer = try await served.ask(path, body())
    let wanted = try alone()
    #expect(answer.status == 200, "\(answer.json)")
    let choice = answer.json["choices"]?[0]
    #expect(choice?["message"]?["content"]?.string == wanted.text)
    #expect(choice?["finish_reason"]?.string == "length")
    #expect(answer.json["usage"]?["completion_tokens"]?.number == 12)
    #expect(answer.json["usage"]?["prompt_tokens"]?.number == Double(wanted.promptTokenCount))
  }

  @Test func `a chat model is listed as one`() async throws {
    let served = try await Served(chat: Self.folder)
    let list = try await served.ask("/v1/models").json["data"]?.array ?? []
    #expect(list.map { $0["kind"]?.string } == ["embedder", "chat"])
    #expect(list.last?["modalities"] == .array([.string("text"), .string("image")]))
    let info = try await served.ask("/info", query: ["model": "chat"]).json
    #expect(info["max_input_length"]?.number == list.last?["max_model_len"]?.number)
  }

  @Test func `its pieces are the same words`() async throws {
    let served = try await Served(chat: Self.folder)
    let answer = try await served.answer(path, body(#","stream":true"#))
    #expect(try await text(of: answer) == alone().text)
  }

  @Test(arguments: folders) func `several pictures, at once and in pieces`(folder: String)
    async throws
  {
    let served = try await Served(chat: folder)
    let images = ["rgb.png", "tall.png", "wide.png"].map { Goldens.url("images/\($0)") }
    for count in 1...3 {
      let shown = Array(images.prefix(count))
      let wanted = try alone(folder, about: shown)
      let pictures = try shown.map { try Data(contentsOf: $0) }
      let answer = try await served.ask(path, body("", pictures))
      #expect(answer.status == 200, "\(answer.json)")
      #expect(answer.json["choices"]?[0]?["message"]?["content"]?.string == wanted.text)
      #expect(answer.json["usage"]?["prompt_tokens"]?.number == Double(wanted.promptTokenCount))
      let stream = try await served.answer(path, body(#","stream":true"#, pictures))
      #expect(try await text(of: stream) == wanted.text)
    }
  }

  @Test(arguments: folders) func `a broken picture is refused, and costs nobody else anything`(
    folder: String
  ) async throws {
    let served = try await Served(chat: folder)
    let whole = try Data(contentsOf: image)
    for broken in [whole.prefix(300), Data("a blue whale".utf8), Data()] {
      for further in ["", #","stream":true"#] {
        let answer = try await served.ask(path, body(further, [whole, broken]))
        #expect(answer.status == 400)
        let message = answer.json["error"]?["message"]?.string ?? ""
        #expect(message.contains("image") || message.contains("picture"), "\(message)")
      }
    }
    let answer = try await served.ask(path, body())
    #expect(
      answer.json["choices"]?[0]?["message"]?["content"]?.string == (try alone(folder).text))
  }

  @Test func `what is not done is refused by its name`() async throws {
    let served = try await Served(chat: Self.folder)
    for (further, name) in [
      (#","tools":[{"type":"function"}]"#, "tools"), (#","n":2"#, "n"),
      (#","invented":1"#, "invented"),
    ] {
      let answer = try await served.ask(path, body(further))
      #expect(answer.status == 400)
      #expect(
        answer.json["error"]?["message"]?.string?.contains("'\(name)'") == true, "\(answer.json)")
    }
    let other = try await served.ask(
      path, #"{"model":"book","messages":[{"role":"user","content":"hello"}]}"#)
    #expect(other.status == 400)
    let none = try await Served().ask(path, #"{"messages":[{"role":"user","content":"hello"}]}"#)
    #expect(none.status == 404)
  }
}
