import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

@Suite struct ChatAttentionTests {
  private func said(_ picture: String) -> [ChatMessage] {
    [
      ChatMessage(
        .user, [.image(.file(Goldens.url("images/\(picture)"))), .text("What is in this picture?")])
    ]
  }

  @Test(arguments: ["smolvlm", "llava", "llava-next-vicuna", "llava-onevision"])
  func `weights of an answer's words on picture and words sum to one`(_ name: String) throws {
    let chat = try LocalChat(modelFolder: Goldens.url("zoo/\(name)"))
    for picture in ["rgb.png", "tall.png"] {
      let attention = try ChatAttention(
        of: said(picture), layer: 1, of: chat,
        options: ChatOptions(maxNewTokens: 64, temperature: 0))
      for heads in [Attention.Heads.mean, .one(3)] {
        let map = try attention.map(of: heads)
        #expect(map.queries.count == attention.traced.answer.tokenIDs.count)
        let patches = try map.patchWeights()
        #expect(patches.allSatisfy { $0 > 0 }, "every part is shown by some token")
        for row in map.queries.indices {
          #expect(abs(map.row(row).reduce(0, +) - 1) < 1e-5, "row \(row)")
          // Nothing is looked at that was written later.
          let later = attention.sequence.tokens.indices.filter { $0 >= map.queries[row] }
          #expect(later.allSatisfy { map.row(row)[$0] == 0 }, "row \(row)")
        }
      }
    }
    #expect(throws: AttentionError.noSuchLayer(9, count: 2)) {
      try ChatAttention(
        of: said("rgb.png"), layer: 9, of: chat, options: ChatOptions(maxNewTokens: 2))
    }
  }

  @Test func `a trace has each stage once, and can be saved`() throws {
    let chat = try LocalChat(modelFolder: Goldens.url("zoo/llava-onevision"))
    let traced = try chat.answerTracing(
      said("rgb.png"), options: ChatOptions(maxNewTokens: 4, temperature: 0))
    let names = traced.stages.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.contains("pixels") && names.contains("pixels.1"))
    #expect(names.contains("language_model.model.layers.1.self_attn.probs"))
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "stages.safetensors")
    try traced.save(to: file)
    #expect(try TracedEmbedding.Stage.load(file).count == names.count)
  }
}
