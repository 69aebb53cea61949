import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

/// Jina's BERT for code is told by the code that its folder names.
@Suite struct JinaCodeTests {
  /// What loading says of a copy of the folder with other fields; nil for nothing.
  private func error(_ changes: [String: Any]) throws -> String? {
    let folder = try TemporaryFolder()
    let model = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: Goldens.url("zoo/jina-code"), to: model)
    let place = model.appending(path: "config.json")
    let config = try JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [String: Any]
    try JSONSerialization.data(withJSONObject: (config ?? [:]).merging(changes) { $1 })
      .write(to: place)
    do {
      _ = try Embedder(modelFolder: model)
      return nil
    } catch let error as EmbedderError {
      return "\(error)"
    }
  }

  @Test func `other code for tensors of these names is refused by its name`() throws {
    let other = "jinaai/jina-bert-v2-qk-devlin-norm-1e-2"
    let model = "\(other)--modeling_bert.JinaBertModel"
    let named = try #require(try error(["auto_map": ["AutoModel": model]]))
    #expect(named.contains(model) && named.contains("jina-bert-v2-qk-post-norm"))
    let missing = try #require(try error(["auto_map": NSNull(), "_name_or_path": NSNull()]))
    #expect(missing.contains("config.json: auto_map"), "\(missing)")
    #expect(try error(["auto_map": NSNull()]) == nil)
  }

  @Test func `another feed-forward is refused`() throws {
    for (key, value) in [("feed_forward_type", "reglu"), ("hidden_act", "relu")] {
      #expect(try error([key: value])?.contains(key) == true)
    }
  }

  @Test func `its vectors are not taken apart`() throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/jina-code"))
    #expect(throws: EmbedderError.notExplained) { try embedder.explain(.text("a"), .text("b")) }
  }
}
