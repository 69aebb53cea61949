import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Folders as open_clip keeps them, and what in their files is not computed.
@Suite struct OpenCLIPTests {
  private func folder(
    _ name: String, _ file: String, changing old: String, to new: String
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let copy = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: Goldens.url("zoo/\(name)"), to: copy)
    let url = copy.appending(path: file)
    let text = try String(contentsOf: url, encoding: .utf8)
    #expect(text.contains(old))
    try text.replacing(old, with: new).write(to: url, atomically: true, encoding: .utf8)
    return folder
  }

  @Test(arguments: [
    (
      "open-clip", "open_clip_config.json", "\"layers\": 2,\n   \"width\"",
      "\"layers\": [2],\n   \"width\"",
      "vision_cfg.layers"
    ),
    (
      "open-clip", "open_clip_config.json", "\"head_width\": 12",
      "\"head_width\": 12, \"ls_init_value\": 0.1",
      "vision_cfg.ls_init_value"
    ),
    (
      "open-clip", "open_clip_config.json", "\"heads\": 4",
      "\"heads\": 4, \"hf_model_name\": \"roberta-base\"",
      "text_cfg.hf_model_name"
    ),
    ("open-clip", "open_clip_config.json", "\"shortest\"", "\"longest\"", "resize_mode"),
    (
      "eva-clip", "open_clip_config.json", "eva02_base_patch16_clip_224", "vit_base_patch16_224",
      "timm_model_name"
    ),
    ("jina-clip", "config.json", "\"subln\": true", "\"subln\": false", "vision_config.subln"),
    (
      "jina-clip", "config.json", "\"pooler_type\": \"mean_pooler\"",
      "\"pooler_type\": \"mean_pooler\", \"default_lora_task\": \"retrieval.query\"",
      "default_lora_task"
    ),
    ("jina-clip", "preprocessor_config.json", "\"size\": 32", "\"size\": 64", "size"),
    (
      "imagebind", "config.json", "\"vocab_size\": 874", "\"vocab_size\": 49408", "token_embedding"
    ),
  ])
  func `what would change the vectors is refused by its name`(
    name: String, file: String, old: String, new: String, key: String
  ) throws {
    let folder = try folder(name, file, changing: old, to: new)
    let error = #expect(throws: EmbedderError.self) {
      try Embedder(modelFolder: folder.url.appending(path: "model")).encode(.text("a"))
    }
    let message = "\(error, default: "none")"
    #expect(message.contains(key), "\(message)")
  }

  /// A folder that is laid out for transformers too is read as that.
  @Test func `a config.json with a model_type comes first`() throws {
    let folder = try TemporaryFolder()
    let copy = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: Goldens.url("zoo/bge-vl"), to: copy)
    try FileManager.default.copyItem(
      at: Goldens.url("zoo/open-clip").appending(path: "open_clip_config.json"),
      to: copy.appending(path: "open_clip_config.json"))
    let own = try Embedder(modelFolder: copy).encode(.text("a cat")).vector
    #expect(
      own == (try Embedder(modelFolder: Goldens.url("zoo/bge-vl")).encode(.text("a cat")).vector))
  }

  @Test func `ImageBind's licence is told`() throws {
    let notes = try Embedder(modelFolder: Goldens.url("zoo/imagebind")).notes
    #expect(notes.contains { $0.contains("non-commercial") })
  }
}
