import Foundation
import TesseraEmbedders
import TesseraJSON
import TesseraTestSupport
import Testing

/// OpenAI's chat completions, with the words of a conversation with the same model.
@Suite struct ChatCompletionTests {
  private static let folder = "zoo/smolvlm"
  private let path = "/v1/chat/completions"
  private let question = "What is in this picture?"
  private let image = Goldens.url("images/rgb.png")

  private func body(_ further: String = "") throws -> String {
    let picture = try Data(contentsOf: image).base64EncodedString()
    return #"{"model":"chat","max_tokens":12,"messages":[{"role":"user","content":["#
      + #"{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(picture)"}},"#
      + #"{"type":"text","text":"\#(question)"}]}]\#(further)}"#
  }

  private func alone() throws -> ChatAnswer {
    var conversation = try LocalChat(modelFolder: Goldens.url(Self.folder)).conversation()
    return try conversation.ask(
      question, about: [.file(image)], options: ChatOptions(maxNewTokens: 12))
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
    #expect(answer.header("content-type") == "text/event-stream")
    var bytes: [UInt8] = []
    for await piece in try #require(answer.pieces) { bytes += piece }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .compactMap { $0.hasPrefix("data: ") ? String($0.dropFirst(6)) : nil }
    #expect(lines.last == "[DONE]")
    var text = ""
    for line in lines.dropLast() {
      let json = try Array(line.utf8).withUnsafeBytes {
        try JSONReader.read($0) { try $0.readValue() }
      }
      text += json["choices"]?[0]?["delta"]?["content"]?.string ?? ""
    }
    #expect(text == (try alone().text))
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
