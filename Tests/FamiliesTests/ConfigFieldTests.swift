import Foundation
import TesseraEmbedders
import TesseraModels
import TesseraTestSupport
import Testing

/// Each field of a folder's configurations is read, stands on a list of those known not to matter, or
/// is announced.
@Suite struct ConfigFieldTests {
  @Test(arguments: [
    "labse", "clip-multilingual", "st-all-poolings", "st-pooling-modes", "st-prompts",
    "st-lower-case", "roberta", "distilbert", "splade", "static-embedding",
  ])
  func `the goldens' fields are all known`(_ name: String) throws {
    let notes = try Embedder(modelFolder: Goldens.url("zoo/\(name)")).notes
    #expect(!notes.contains { $0.contains("is not known") }, "\(notes)")
  }

  @Test(arguments: GoldenClassifier.all)
  func `so are the classifiers'`(_ golden: GoldenClassifier) throws {
    #expect(!(try golden.reranker().notes).contains { $0.contains("is not known") })
  }

  private func notes(_ file: String, _ changes: [String: Any]) throws -> [String] {
    let folder = try TemporaryFolder()
    let model = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: Goldens.url("zoo/labse"), to: model)
    let place = model.appending(path: file)
    let config = try JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [String: Any]
    try JSONSerialization.data(withJSONObject: (config ?? [:]).merging(changes) { $1 })
      .write(to: place)
    return try Embedder(modelFolder: model).notes
  }

  @Test func `a field that is not known is announced by file and name`() throws {
    for file in [
      "config.json", "sentence_bert_config.json", "config_sentence_transformers.json",
      "1_Pooling/config.json", "2_Dense/config.json",
    ] {
      let notes = try notes(file, ["invented_scale": 2])
      #expect(notes.contains("\(file): invented_scale is not known, and passed over"), "\(notes)")
      #expect(notes.count == 1)
    }
  }

  @Test func `a field that would change a vector is refused by name`() throws {
    for (file, key, value) in [
      ("config.json", "is_decoder", true), ("config.json", "pruned_heads", ["0": [1]]),
      ("sentence_bert_config.json", "tokenizer_args", ["padding_side": "left"]),
      ("sentence_bert_config.json", "query_length", 32),
      ("sentence_bert_config.json", "module_output_name", "sentence_embedding"),
      (
        "sentence_bert_config.json", "modality_config",
        ["text": ["method": "forward", "method_output_name": "pooler_output"]]
      ),
      ("sentence_bert_config.json", "modality_config", ["message": ["method": "forward"]]),
    ] as [(String, String, Any)] {
      let error = #expect(throws: EmbedderError.self) { try notes(file, [key: value]) }
      let reason = "\(error, default: "none")"
      #expect(reason.contains("\(file): \(key)"), "\(reason)")
    }
    #expect(try notes("config.json", ["is_decoder": false, "pruned_heads": [:]]).isEmpty)
    #expect(
      try notes(
        "sentence_bert_config.json",
        [
          "transformer_task": "feature-extraction", "module_output_name": "token_embeddings",
          "modality_config": [
            "text": ["method": "forward", "method_output_name": "last_hidden_state"]
          ],
        ]
      ).isEmpty)
  }

  @Test func `the documentation names each field that is on a list`() throws {
    let page = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/config-fields.md"), encoding: .utf8)
    let lists =
      [
        ModelFields.harmless, ModelFields.refused, ModelFields.sentenceRead,
        ModelFields.sentenceHarmless, ModelFields.sentenceRefused, ModelFields.transformersRead,
        ModelFields.transformersHarmless, ModelFields.sentenceTasks, ModelFields.artifactRead,
        ModelFields.artifactHarmless,
      ] + ModelFields.moduleFields.values
    for field in lists.joined() { #expect(page.contains("`\(field)`"), "\(field)") }
  }
}
