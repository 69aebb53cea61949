import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Conversations: the prompt by the folder's template, the tokens transformers'.
@Suite struct LocalChatTests {
  private struct Inputs: Decodable {
    struct Item: Decodable {
      let prompt: String
      let image: String?
      let splitting: Bool
      let written: [Int]

      private enum CodingKeys: String, CodingKey {
        case prompt, image, splitting
        case written = "generated_ids"
      }

      /// What the user says, behind the picture's tokens.
      var question: String {
        let words = prompt.replacingOccurrences(of: "<end_of_utterance>\nAssistant:", with: "")
        let last = words.components(separatedBy: "<fake_token_around_image>").last ?? ""
        return last.replacingOccurrences(of: "<|im_start|>User: ", with: "")
      }
    }
    let items: [Item]
  }

  private func chat() throws -> LocalChat {
    try LocalChat(modelFolder: Goldens.url("zoo/smolvlm"))
  }

  @Test func `answers are the reference's, token by token`() throws {
    let items = try Goldens.json("zoo/smolvlm/inputs.json", as: Inputs.self).items
    let chat = try chat()
    for item in items where item.splitting {
      var conversation = chat.conversation()
      let images = item.image.map { [ImageSource.file(Goldens.url("images/\($0)"))] } ?? []
      let answer = try conversation.ask(
        item.question, about: images, options: ChatOptions(maxNewTokens: item.written.count))
      #expect(answer.tokenIDs == item.written, "\(item.question) \(item.image ?? "")")
    }
  }

  @Test func `a second turn reads only what is new, with the bits of all at once`() throws {
    let chat = try chat()
    let image = ImageSource.file(Goldens.url("images/rgb.png"))
    let options = ChatOptions(maxNewTokens: 6)
    var conversation = chat.conversation()
    _ = try conversation.ask("What is this?", about: [image], options: options)
    let second = try conversation.ask("And why?", options: options)
    #expect(second.readTokenCount < second.promptTokenCount)
    var again = chat.conversation(Array(conversation.messages.dropLast()))
    #expect(try again.answer(options).tokenIDs == second.tokenIDs)
  }

  @Test func `what cannot be read leaves the conversation as it was`() throws {
    var conversation = try chat().conversation()
    #expect(throws: EmbedderError.self) {
      try conversation.ask("What is this?", about: [.file(Goldens.url("zoo/smolvlm/config.json"))])
    }
    #expect(conversation.messages.isEmpty)
    let answer = try conversation.ask("Hello", options: ChatOptions(maxNewTokens: 2))
    #expect(answer.tokenIDs.count <= 2)
  }

  @Test func `who asks a chat model for vectors is told what it is for`() {
    let error = #expect(throws: EmbedderError.self) {
      try Embedder(modelFolder: Goldens.url("zoo/smolvlm"))
    }
    #expect(error.map { "\($0)" }?.contains("tessera chat") == true)
  }

  @Test func `a Qwen3 that draws its tokens chats, another one reranks`() throws {
    #expect(LocalChat.isOne(Goldens.url("zoo/smolvlm")))
    #expect(!LocalChat.isOne(Goldens.url("zoo/qwen3-embedding")))
    let reranker = Goldens.url("zoo/qwen3-reranker")
    #expect(!LocalChat.isOne(reranker) && LocalChat.canLoad(reranker))
    let temporary = try TemporaryFolder()
    let folder = temporary.url.appending(path: "qwen3")
    try FileManager.default.copyItem(at: reranker, to: folder)
    try Data(#"{"do_sample": true, "temperature": 0.6}"#.utf8)
      .write(to: folder.appending(path: "generation_config.json"))
    #expect(LocalChat.isOne(folder))
  }

  private func says(_ options: ChatOptions) throws -> (answer: ChatAnswer, pieces: String) {
    var conversation = try chat().conversation()
    var pieces = ""
    let answer = try conversation.ask("What is the capital of France?", options: options) {
      pieces += $0
    }
    return (answer, pieces)
  }

  @Test func `an answer ends before a text that stops it, and no piece of that is handed on`()
    throws
  {
    let whole = try says(ChatOptions(maxNewTokens: 12)).answer.text
    let start = whole.index(whole.startIndex, offsetBy: whole.count / 2)
    let stop = String(whole[start...].prefix(2))
    let (answer, pieces) = try says(ChatOptions(maxNewTokens: 12, stops: ["never said", stop]))
    #expect(answer.text == whole.prefix(upTo: try #require(whole.firstRange(of: stop)).lowerBound))
    #expect(pieces == answer.text)
    #expect(answer.end == .stop)
  }

  @Test func `a seed draws the same answer again, another one another`() throws {
    func drawn(_ seed: UInt64) throws -> [Int] {
      try says(ChatOptions(maxNewTokens: 12, temperature: 1.5, seed: seed)).answer.tokenIDs
    }
    #expect(try drawn(7) == drawn(7))
    #expect(try drawn(7) != drawn(8))
  }
}
