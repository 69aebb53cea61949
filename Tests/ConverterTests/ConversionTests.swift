import Foundation
import TesseraCheckpoints
import TesseraJSON
import TesseraTensors
import TesseraTestSupport
import Testing

@Suite struct ConversionTests {
  private let visual = Goldens.url("visual-tiny-en/Visualized_visual-tiny-en.pth").path
  private let text = Goldens.url("visual-tiny-en").path
  private let micro = Converter.cases + "/bge-m3-micro"

  // MARK: Visualized-BGE

  @Test func `a Visualized-BGE becomes a model folder without a changed bit`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let model = converter.folder + "/model"
    let outcome = try converter.run(visual, "--text-model", text, "-o", model)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == model + "\n")
    #expect(outcome.errors.isEmpty)
    #expect(
      try converter.names(in: "model") == [
        "1_Pooling", "config.json", "model.safetensors", "modules.json",
        "preprocessor_config.json", "special_tokens_map.json", "tokenizer.json",
        "tokenizer_config.json", "vocab.txt",
      ])
    try expectEqual(Checkpoint(path: visual), Checkpoint(path: model), count: 137)
    #expect(try SafetensorsFile(path: model + "/model.safetensors").metadata == ["format": "pt"])
    for name in ["tokenizer.json", "vocab.txt"] {
      #expect(
        FileManager.default.contentsEqual(atPath: "\(text)/\(name)", andPath: "\(model)/\(name)"))
    }
  }

  @Test func `sizes come from the tensors and the text config is taken over`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let model = converter.folder + "/model"
    _ = try converter.run(visual, "--text-model", text, "-o", model)
    let config = try json(model + "/config.json")
    #expect(config["model_type"]?.string == "visualized_bge")
    #expect(config["text_config"] == (try json(text + "/config.json")))
    let vision = [
      "image_size": 64, "patch_size": 16, "num_channels": 3, "hidden_size": 64,
      "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 170,
      "layer_norm_eps": 1e-6, "projection_dim": 48,
    ]
    for (field, value) in vision {
      #expect(config["vision_config"]?[field]?.number == value, "\(field)")
    }
    let images = try json(model + "/preprocessor_config.json")
    #expect(images["image_processor_type"]?.string == "CLIPImageProcessor")
    #expect(images["size"]?["shortest_edge"]?.number == 64)
    #expect(try json(model + "/1_Pooling/config.json")["pooling_mode_cls_token"]?.bool == true)
  }

  @Test(arguments: [
    ("vocab_size", "3001", "vocab_size: expected 3000, as bge_embeddings.word_embeddings.weight"),
    ("hidden_size", "128", "hidden_size: expected 64"),
    ("num_hidden_layers", "4", "num_hidden_layers: expected 3"),
    ("intermediate_size", "1", "intermediate_size: expected 256"),
    ("max_position_embeddings", "512", "max_position_embeddings: expected 64"),
    ("type_vocab_size", "1", "type_vocab_size: expected 2"),
    ("num_attention_heads", "7", "a divisor of hidden_size 64, found 7"),
    ("model_type", #""gpt2""#, "model_type: expected bert or xlm-roberta, found gpt2"),
    ("vocab_size", "1.5", "vocab_size: expected a positive whole number"),
    ("vocab_size", "", "invalid JSON"),
  ])
  func `a text model of other sizes is refused`(
    _ field: String, _ value: String, _ reason: String
  ) throws {
    let converter = try Converter()
    defer { converter.remove() }
    let other = converter.folder + "/text"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    var config = try String(contentsOf: URL(filePath: text + "/config.json"), encoding: .utf8)
    config.replace(try Regex(#""\#(field)": [^,\n]*"#), with: #""\#(field)": \#(value)"#)
    try Data(config.utf8).write(to: URL(filePath: other + "/config.json"))
    let outcome = try converter.run(visual, "--text-model", other, "-o", converter.folder + "/m")
    expectFailure(outcome, reason)
    #expect(!FileManager.default.fileExists(atPath: converter.folder + "/m"))
  }

  @Test func `another checkpoint is refused as such`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let outcome = try converter.run(
      micro + "/sparse_linear.pt", "--text-model", text, "-o", converter.folder + "/m")
    expectFailure(outcome, "not a Visualized-BGE checkpoint: no tensor")
  }

  @Test func `missing and unknown tensors are listed`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let source = try Checkpoint(path: visual)
    for (name, other, reason) in [
      ("visual_proj.bias", nil, "1 tensors of a Visualized-BGE are missing: 'visual_proj.bias'"),
      ("visual_proj.bias", "visual_proj.gain", "'visual_proj.bias'"),
      ("", "extra\n", #"do not belong to a Visualized-BGE: 'extra\u{a}'"#),
    ] {
      var renamed = source.tensors.filter { $0.name != name }
      if let other {
        renamed += [TensorInfo(name: other, dtype: .f16, shape: [64])].compactMap(\.self)
      }
      let path = converter.folder + "/damaged.safetensors"
      try SafetensorsWriter(renamed).write(to: path) {
        try #require(source[$0.name] ?? source["visual_proj.bias"])
      }
      expectFailure(
        try converter.run(path, "--text-model", text, "-o", converter.folder + "/m"), reason)
    }
  }

  // MARK: ImageBind

  @Test func `an ImageBind becomes the folder that its sizes say`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let (model, golden) = (converter.folder + "/model", Goldens.url("zoo/imagebind").path)
    let outcome = try converter.run(
      golden + "/model.safetensors", "--text-model", Goldens.url("zoo/bge-vl").path, "-o", model)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try json(model + "/config.json") == json(golden + "/config.json"))
    #expect(
      try converter.names(in: "model") == [
        "config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json",
        "tokenizer_config.json",
      ])
    let (source, written) = (try Checkpoint(path: golden), try Checkpoint(path: model))
    try expectEqual(source, written, count: source.names.count)
  }

  // MARK: Folders

  @Test func `a folder's weights and heads join in one file`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let model = converter.folder + "/model"
    let outcome = try converter.run(micro, "-o", model, "--quiet")
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
    #expect(
      try converter.names(in: "model") == [
        "1_Pooling", "2_Dense", "README.md", "config.json", "model.safetensors", "tokenizer.json",
      ])
    #expect(try converter.names(in: "model/2_Dense") == ["config.json", "model.safetensors"])
    let converted = try Checkpoint(path: model)
    #expect(converted.names.count == 7)
    for (file, prefix) in [
      ("pytorch_model.bin", ""), ("sparse_linear.pt", "sparse_linear."),
      ("colbert_linear.pt", "colbert_linear."),
    ] {
      let source = try Checkpoint(path: "\(micro)/\(file)")
      for name in source.names {
        #expect(bytes(source[name]) == bytes(converted[prefix + name]))
        #expect(source.info(name)?.shape == converted.info(prefix + name)?.shape)
      }
    }
  }

  @Test func `a folder with safetensors has nothing to convert`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let model = converter.folder + "/model"
    _ = try converter.run(micro, "-o", model)
    expectFailure(
      try converter.run(model, "-o", converter.folder + "/again"),
      "nothing to convert, it already holds model.safetensors")
  }

  // MARK: Helpers

  private func json(_ path: String) throws -> JSONValue {
    let text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
    return try JSONReader.read(text) { try $0.readValue() }
  }

  private func bytes(_ tensor: StoredTensor?) -> [UInt8]? { tensor?.withBytes { Array($0) } }

  private func expectEqual(_ one: Checkpoint, _ other: Checkpoint, count: Int) {
    #expect(one.names.count == count)
    #expect(Set(one.names) == Set(other.names))
    for name in one.names {
      #expect(one.info(name) == other.info(name))
      #expect(bytes(one[name]) == bytes(other[name]), "\(name)")
    }
  }
}

/// One line on standard error, nothing on standard output, status 1.
func expectFailure(_ outcome: Converter.Outcome, _ reason: String) {
  #expect(outcome.status == 1)
  #expect(outcome.output == "")
  #expect(outcome.errors.contains(reason), "\(outcome.errors)")
  #expect(outcome.errors.hasPrefix("weights-converter: "))
  #expect(outcome.errors.split(separator: "\n").count == 1)
}
