import Foundation
import TesseraEmbedders
import TesseraTemplates
import TesseraTestSupport
import TesseraTokenizers
import Testing

/// Folders in sentence-transformers' layout: each file that changes a vector, and each that must
/// not be guessed at.
@Suite struct SentenceEncoderTests {
  private func encode(_ texts: [String], with folder: SentenceEncoderFolder) throws -> [[Float]] {
    let place = try folder.write()
    return try Embedder(modelFolder: place.url).encode(texts.map { .text($0) })
      .map { try $0.get().vector }
  }

  private func encode(_ text: String, with folder: SentenceEncoderFolder) throws -> [Float] {
    try encode([text], with: folder)[0]
  }

  /// PyTorch's last layer for "blue whale": [7, 64].
  private func hiddenOfBlueWhale() throws -> [[Float]] {
    let stages = try Goldens.tensors("visual-tiny-en/trace-text.safetensors")
    let hidden = try #require(stages["bge_encoder.layer.2"])
    return (0..<hidden.rowCount).map { hidden.row($0).elements }
  }

  @Test func `cls with Normalize is the golden's vector`() throws {
    let cases = try Goldens.json("visual-tiny-en/cases.json", as: VisualizedBGETests.Cases.self)
    let golden = try Goldens.tensors("visual-tiny-en/expected-embeddings.safetensors")
    let texts = cases.items.enumerated().filter { $1.image == nil }
    #expect(texts.count > 3)
    let vectors = try encode(texts.map { $1.text ?? "" }, with: SentenceEncoderFolder())
    for ((i, _), vector) in zip(texts, vectors) {
      let expected = try #require(golden["item.\(i)"]).elements
      #expect(disagreement(vector, expected, .embedding) == nil)
    }
  }

  @Test(arguments: [true, false]) func `mean, normalised or not`(isNormalizing: Bool) throws {
    let hidden = try hiddenOfBlueWhale()
    let mean = hidden[0].indices.map { c in
      hidden.reduce(Float(0)) { $0 + $1[c] } / Float(hidden.count)
    }
    let norm = mean.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(norm - 1) > 0.1)
    var folder = SentenceEncoderFolder()
    folder.poolingConfig = [
      "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true,
      "word_embedding_dimension": 64,
    ]
    if !isNormalizing { folder.modules.removeLast() }
    let vector = try encode("blue whale", with: folder)
    let expected = isNormalizing ? mean.map { $0 / norm } : mean
    #expect(disagreement(vector, expected, .activation) == nil)
    // The newer spelling says the same.
    folder.poolingConfig = ["pooling_mode": "mean"]
    #expect(try encode("blue whale", with: folder) == vector)
  }

  @Test func `cls without Normalize is the class token's vector`() throws {
    var folder = SentenceEncoderFolder()
    folder.modules.removeLast()
    let vector = try encode("blue whale", with: folder)
    #expect(disagreement(vector, try hiddenOfBlueWhale()[0], .activation) == nil)
  }

  @Test func `without modules.json it is the mean, and a note says so`() throws {
    let bare = try SentenceEncoderFolder().write()
    try FileManager.default.removeItem(at: bare.url.appending(path: "modules.json"))
    let embedder = try Embedder(modelFolder: bare.url)
    #expect(embedder.notes.contains { $0.contains("modules.json") && $0.contains("mean") })
    let mean = SentenceEncoderFolder(
      modules: ["Transformer", "Pooling"], poolingConfig: ["pooling_mode": "mean"])
    #expect(try embedder.encode(.text("blue whale")).vector == encode("blue whale", with: mean))
  }

  @Test func `modes stand side by side, in the order of the file or of the switches`() throws {
    func vector(_ config: [String: Any]) throws -> [Float] {
      var folder = SentenceEncoderFolder(modules: ["Transformer", "Pooling"])
      folder.poolingConfig = config
      return try encode("blue whale", with: folder)
    }
    let cls = try vector(["pooling_mode": "cls"])
    let last = try vector(["pooling_mode": "lasttoken"])
    let max = try vector(["pooling_mode": ["max"]])
    #expect(try vector(["pooling_mode": ["lasttoken", "cls"]]) == last + cls)
    #expect(
      try vector(["pooling_mode_lasttoken": true, "pooling_mode_cls_token": true]) == cls + last)
    #expect(
      try vector(["pooling_mode_max_tokens": true, "pooling_mode": ["cls", "max"]]) == cls + max)
    // No switch is on: the reference takes the mean then.
    #expect(
      try vector(["pooling_mode_cls_token": false]) == vector(["pooling_mode": "mean"]))
    let hidden = try hiddenOfBlueWhale()
    #expect(disagreement(last, hidden[hidden.count - 1], .activation) == nil)
  }

  @Test func `the older layout, and shards, change nothing`() throws {
    let vector = try encode("blue whale", with: SentenceEncoderFolder())
    var older = SentenceEncoderFolder()
    older.transformerPath = "0_Transformer"
    #expect(try encode("blue whale", with: older) == vector)
    let place = try older.write()
    #expect(
      try Tokenizer(modelFolder: place.url).encode("blue whale").ids
        == [2, 44, 1249, 2212, 2358, 2368, 3])
    var sharded = SentenceEncoderFolder()
    sharded.shardCount = 3
    #expect(try encode("blue whale", with: sharded) == vector)
  }

  @Test func `a missing shard is named`() throws {
    var folder = SentenceEncoderFolder()
    folder.shardCount = 2
    let place = try folder.write()
    try FileManager.default.removeItem(at: place.url.appending(path: "model-1.safetensors"))
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: place.url) }
    #expect(error.map { "\($0)".contains("model-1.safetensors") } == true)
  }

  @Test func `max_seq_length cuts`() throws {
    var folder = SentenceEncoderFolder()
    folder.files = ["sentence_bert_config.json": #"{"max_seq_length": 4, "do_lower_case": false}"#]
    let place = try folder.write()
    let truncation = try Embedder(modelFolder: place.url).encode(.text("blue whale")).truncation
    #expect(truncation?.kept == 4 && truncation?.total == 7)
  }

  @Test func `do_lower_case and a default prompt come before the tokenizer`() throws {
    var folder = SentenceEncoderFolder()
    folder.tokenizer["normalizer"] = [
      "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
      "strip_accents": NSNull(), "lowercase": false,
    ]
    // BERT's class lowercases unless its configuration says otherwise.
    let cased = ["tokenizer_config.json": #"{"do_lower_case": false}"#]
    folder.files = cased
    let lower = try encode("blue whale", with: folder)
    #expect(try encode("BLUE WHALE", with: folder) != lower)
    folder.files = cased.merging(["sentence_bert_config.json": #"{"do_lower_case": true}"#]) { $1 }
    #expect(try encode("BLUE WHALE", with: folder) == lower)
    folder.files = [
      "config_sentence_transformers.json":
        #"{"prompts": {"query": "blue ", "other": "no"}, "default_prompt_name": "query"}"#
    ]
    #expect(try encode("whale", with: folder) == lower)
    folder.files = [
      "config_sentence_transformers.json":
        #"{"prompts": {"query": "blue "}, "default_prompt_name": null}"#
    ]
    #expect(try encode("blue whale", with: folder) == lower)
  }

  @Test func `text is stripped and lowercased as Python does`() {
    #expect(PythonText.stripped("\u{1C} a\u{3000}b \u{85}\r\n") == "a\u{3000}b")
    #expect(PythonText.stripped("\u{200B}a") == "\u{200B}a")
    #expect(PythonText.stripped(" \n") == "")
    // Answers of CPython 3.12.
    for (text, lower) in [
      ("ΟΔΟΣ", "οδος"), ("ΣΟΦΟΣ ΣΑΣ", "σοφος σας"), ("Σ", "σ"), ("ΑΣ.", "ας."), ("Α.Σ", "α.ς"),
      ("ΑΣ\u{301}Β", "ασ\u{301}β"), ("İ", "i\u{307}"), ("ẞ", "ß"),
    ] {
      #expect(PythonText.lowercased(text) == lower, "\(text)")
    }
  }
}

/// What must not be guessed is an error that names the place and the value.
@Suite struct UnusableFolderTests {
  private func reason(_ edit: (inout SentenceEncoderFolder) -> Void) throws -> String {
    var folder = SentenceEncoderFolder()
    edit(&folder)
    let place = try folder.write()
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: place.url) }
    return error.map { "\($0)" } ?? ""
  }

  @Test func `poolings and modules that are not known`() throws {
    for (config, words) in [
      (["pooling_mode_median_tokens": true], ["1_Pooling/config.json", "median_tokens"]),
      (["pooling_mode": "median"], ["1_Pooling/config.json", "\"median\"", "weightedmean"]),
      (["pooling_mode": ["cls", 3]], ["pooling_mode[1]"]),
      (["pooling_mode": []], ["one mode or more"]),
      (["pooling_mode_cls_token": "yes"], ["pooling_mode_cls_token", "true or false"]),
    ] as [([String: Any], [String])] {
      let reason = try reason { $0.poolingConfig = config }
      for word in words { #expect(reason.contains(word), "\(reason)") }
    }
    for modules in [["Transformer", "Pooling", "Pooling"], ["Transformer"], []] {
      let reason = try reason { $0.modules = modules }
      #expect(reason.contains("modules.json"), "\(reason)")
      #expect(reason.contains("\"\(modules.joined(separator: " + "))\""), "\(reason)")
    }
    let early = try reason { $0.modules = ["Transformer", "Normalize", "Pooling"] }
    #expect(early.contains("modules.json: [1].type") && early.contains("Pooling"), "\(early)")
    for kind in ["Router", "WordWeights", "CNN", "LSTM", "WeightedLayerPooling", "Asym", "BoW"] {
      let reason = try reason { $0.modules = ["Transformer", "Pooling", kind] }
      #expect(reason.contains("modules.json: [2].type") && reason.contains(kind), "\(reason)")
    }
    let bare = try reason { $0.modules = ["Transformer", "Pooling", "Dense"] }
    #expect(bare.contains("2_Dense/config.json"), "\(bare)")
  }

  @Test func `an unusable vocabulary is named at once, or by the first text`() throws {
    var folder = SentenceEncoderFolder()
    folder.tokenizer = ["version": "9"]
    let place = try folder.write()
    let error = try #require(
      #expect(throws: EmbedderError.self) { try Embedder(modelFolder: place.url) })
    #expect("\(error)".contains("tokenizer.json"), "\(error)")
    let hasty = try Embedder(modelFolder: place.url, options: .init(awaitsVocabulary: false))
    #expect(throws: error) { try hasty.encode(.text("whale")) }
    #expect(throws: error) { try hasty.encode([.text("whale")]) }
    #expect(hasty.token(3) == nil)
    #expect(throws: EmbedderError.limitTooLow(limit: 1, minimum: 2)) {
      try Embedder(
        modelFolder: ConvertedModels.visualTinyEnglish.get(), options: .init(maxLength: 1))
    }
  }

  @Test func `values of config.json that no model has, or that are not known`() throws {
    let cases: [(String, Any, String)] = [
      ("model_type", "mamba", "\"mamba\""), ("hidden_act", "gelu_10", "\"gelu_10\""),
      ("position_embedding_type", "relative_key", "relative_key"),
      ("num_hidden_layers", 1 << 28, "1 to 4096"), ("num_hidden_layers", 4, "encoder.layer.3"),
      ("num_hidden_layers", 2, "encoder.layer.2"), ("hidden_size", -64, "-64"),
      ("hidden_size", 128, "[3000, 64]"), ("num_attention_heads", 5, "multiple"),
      ("layer_norm_eps", -1, "layer_norm_eps"), ("vocab_size", Int.max, "vocab_size"),
      ("vocab_size", "3000", "vocab_size"), ("max_position_embeddings", 1.5, "number"),
      ("max_position_embeddings", 65, "position_embeddings"), ("vocab_size", NSNull(), "missing"),
    ]
    for (key, value, expected) in cases {
      let reason = try reason { $0.config = [key: value] }
      #expect(reason.contains(expected), "\(key): \(reason)")
    }
    let reason = try reason {
      $0.config = ["model_type": "xlm-roberta", "pad_token_id": Int.min]
    }
    #expect(reason.contains("pad_token_id: expected 0 to 64, found -9223372036854775808"))
    let missing = try self.reason {
      $0.config = ["model_type": "xlm-roberta", "pad_token_id": NSNull()]
    }
    #expect(missing.contains("pad_token_id is missing"))
  }

  @Test func `files that are no JSON, or say the impossible`() throws {
    for (name, text, expected) in [
      ("sentence_bert_config.json", "{\"max_seq_length\": 0}", "max_seq_length: expected"),
      ("sentence_bert_config.json", "{\"max_seq_length\": 4,}", "byte 21"),
      ("config_sentence_transformers.json", "{\"default_prompt_name\": \"q\"}", "\"q\""),
      ("modules.json", "{}", "modules.json"), ("modules.json", "", "invalid JSON at byte 0"),
    ] {
      let place = try SentenceEncoderFolder().write()
      try Data(text.utf8).write(to: place.url.appending(path: name))
      let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: place.url) }
      let reason = error.map { "\($0)" } ?? ""
      #expect(reason.contains(name) && reason.contains(expected), "\(reason)")
    }
  }

  @Test func `a tokenizer that leaves no token is an error of the item`() throws {
    var folder = SentenceEncoderFolder()
    folder.tokenizer["post_processor"] = NSNull()
    let place = try folder.write()
    let embedder = try Embedder(modelFolder: place.url)
    #expect(throws: EmbedderError.noTokens) { try embedder.encode(.text("")) }
    #expect(try embedder.encode(.text("whale")).vector.count == 64)
  }

  @Test func `CLIP with the tokenizer of another model`() throws {
    let folder = try TemporaryFolder()
    for name in ["config.json", "model.safetensors", "preprocessor_config.json"] {
      try FileManager.default.copyItem(
        at: Goldens.url("clip-tiny/\(name)"), to: folder.url.appending(path: name))
    }
    try FileManager.default.copyItem(
      at: Goldens.url("visual-tiny-en/tokenizer.json"),
      to: folder.url.appending(path: "tokenizer.json"))
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: folder.url) }
    #expect(error.map { "\($0)".contains("eos_token_id") } == true)
  }

  @Test func `damaged weights give an error, not a vector`() throws {
    var folder = SentenceEncoderFolder()
    folder.damage = ("embeddings.LayerNorm.bias", .nan)
    let place = try folder.write()
    let embedder = try Embedder(modelFolder: place.url)
    #expect(throws: EmbedderError.notFinite) { try embedder.encode(.text("whale")) }
    #expect(throws: EmbedderError.notFinite) {
      try embedder.encode([.text("whale")])[0].get()
    }
  }
}
