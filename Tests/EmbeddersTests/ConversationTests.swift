import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Conversations with small random models of each family that chats, beside transformers'.
@Suite struct ConversationTests {
  private struct Conversations: Decodable {
    struct Turn: Decodable {
      let role: String
      let text: String
      let images: [String]

      var message: ChatMessage {
        get throws {
          let role = try #require(ChatMessage.Role(rawValue: role))
          let pictures = images.map {
            ChatMessage.Part.image(.file(Goldens.url("images/\($0)")))
          }
          return ChatMessage(role, pictures + [.text(text)])
        }
      }
    }

    struct Item: Decodable {
      let turns: [Turn]
      let prompt: String
      let written: [Int]
    }
    let items: [Item]
  }

  static let names = [
    "llama-chat", "llama3-chat", "mistral-chat", "qwen2-chat", "qwen3-chat", "smolvlm", "llava",
    "llava-next-mistral", "llava-next-vicuna", "llava-next-qwen2", "llava-onevision",
  ]

  private func chat(_ name: String) throws -> LocalChat {
    try LocalChat(modelFolder: Goldens.url("zoo/\(name)"))
  }

  @Test(arguments: names)
  func `prompts and tokens are the reference's`(_ name: String) throws {
    let chat = try chat(name)
    let items = try Goldens.json("zoo/\(name)/conversations.json", as: Conversations.self).items
    for item in items {
      let messages = try item.turns.map { try $0.message }
      #expect(try chat.promptText(messages) == item.prompt)
      var conversation = chat.conversation(messages)
      let answer = try conversation.answer(ChatOptions(maxNewTokens: 64))
      #expect(answer.tokenIDs == item.written, "\(item.prompt)")
    }
  }

  /// With LLaVA-OneVision, a second picture changes what becomes of the first.
  @Test(arguments: ["llava-onevision", "llava-next-mistral", "llava", "smolvlm"])
  func `a picture that comes later is read as if all had been there at once`(
    _ name: String
  ) throws {
    let chat = try chat(name)
    let options = ChatOptions(maxNewTokens: 8)
    let pictures = ["rgb.png", "tall.png"].map { ImageSource.file(Goldens.url("images/\($0)")) }
    var conversation = chat.conversation()
    _ = try conversation.ask("What is this?", about: [pictures[0]], options: options)
    let second = try conversation.ask("And this?", about: [pictures[1]], options: options)
    var again = chat.conversation(Array(conversation.messages.dropLast()))
    let atOnce = try again.answer(options)
    #expect(second.tokenIDs == atOnce.tokenIDs)
    #expect(second.promptTokenCount == atOnce.promptTokenCount)
    if name == "llava-onevision" {
      #expect(second.readTokenCount == second.promptTokenCount)
    } else {
      #expect(second.readTokenCount < second.promptTokenCount)
    }
  }

  /// What a turn reads with keys and values from before has the bits of reading it all.
  @Test(arguments: names)
  func `a session writes what a fresh reading of it all does`(_ name: String) throws {
    let chat = try chat(name)
    let options = ChatOptions(maxNewTokens: 12)
    var conversation = chat.conversation()
    for question in ["Hello", "And why?", "What is the capital of France?"] {
      let answer = try conversation.ask(question, options: options)
      var again = chat.conversation(Array(conversation.messages.dropLast()))
      #expect(try again.answer(options).tokenIDs == answer.tokenIDs, "\(question)")
    }
  }
}
