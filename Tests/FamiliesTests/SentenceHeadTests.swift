import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraTensors
import TesseraTestSupport
import Testing

/// What stands behind a transformer in sentence-transformers' folders, against its own answers.
@Suite struct SentenceHeadTests {
  private struct Inputs: Decodable {
    struct Entry: Decodable {
      let text: String
      let mode: String?

      private enum CodingKeys: String, CodingKey {
        case text
        case mode = "pooling_mode"
      }
    }
    let items: [Entry]
  }

  private func entries(_ name: String) throws -> [(entry: Inputs.Entry, vector: [Float])] {
    let expected = try Goldens.tensors("zoo/\(name)/expected.safetensors")
    return try Goldens.json("zoo/\(name)/inputs.json", as: Inputs.self).items.enumerated().map {
      ($1, try #require(expected["item.\($0)"]).elements)
    }
  }

  private func copy(_ name: String) throws -> (TemporaryFolder, URL) {
    let folder = try TemporaryFolder()
    let copy = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: Goldens.url("zoo/\(name)"), to: copy)
    return (folder, copy)
  }

  private func write(_ config: [String: Any], to file: String, of folder: URL) throws {
    try JSONSerialization.data(withJSONObject: config).write(to: folder.appending(path: file))
  }

  @Test(arguments: [true, false])
  func `every mode of pooling, in either spelling`(isOlder: Bool) throws {
    let keys = [
      "cls": "cls_token", "max": "max_tokens", "mean": "mean_tokens",
      "mean_sqrt_len_tokens": "mean_sqrt_len_tokens", "weightedmean": "weightedmean_tokens",
      "lasttoken": "lasttoken",
    ]
    let entries = try entries("st-pooling-modes")
    #expect(Set(entries.compactMap(\.entry.mode)) == Set(keys.keys))
    for (mode, key) in keys {
      let (folder, model) = try copy("st-pooling-modes")
      try write(
        isOlder
          ? ["word_embedding_dimension": 32, "pooling_mode_\(key)": true]
          : ["embedding_dimension": 32, "pooling_mode": mode], to: "1_Pooling/config.json",
        of: model)
      let embedder = try withExtendedLifetime(folder) { try Embedder(modelFolder: model) }
      for (entry, vector) in entries where entry.mode == mode {
        let own = try embedder.encode(.text(entry.text)).vector
        #expect(disagreement(own, vector, .activation) == nil, "\(mode): \(entry.text)")
      }
    }
  }

  @Test func `texts are lowercased where the folder says so`() throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/st-lower-case"))
    for (entry, vector) in try entries("st-lower-case") {
      let own = try embedder.encode(.text(entry.text)).vector
      #expect(disagreement(own, vector, .activation) == nil, "\(entry.text)")
    }
  }

  @Test func `weights of PyTorch's own format, an activation left out, and a residual`() throws {
    let (folder, model) = try copy("labse")
    let embedder = try withExtendedLifetime(folder) { try Embedder(modelFolder: model) }
    let vector = try embedder.encode(.text("whale")).vector
    let config = ["in_features": 32, "out_features": 32, "bias": true] as [String: Any]
    try write(config, to: "2_Dense/config.json", of: model)
    // Tanh is what a file means that names none.
    #expect(try Embedder(modelFolder: model).encode(.text("whale")).vector == vector)
    try write(
      config.merging(["use_residual": true]) { $1 }, to: "2_Dense/config.json", of: model)
    let modules = try Data(contentsOf: model.appending(path: "modules.json"))
    let chain = try #require(try JSONSerialization.jsonObject(with: modules) as? [[String: Any]])
    func encoded(_ count: Int) throws -> [Float] {
      try JSONSerialization.data(withJSONObject: Array(chain.prefix(count)))
        .write(to: model.appending(path: "modules.json"))
      return try Embedder(modelFolder: model).encode(.text("whale")).vector
    }
    let (pooled, added) = (try encoded(2), try encoded(3))
    try write(config, to: "2_Dense/config.json", of: model)
    for ((x, y), dense) in zip(zip(pooled, added), try encoded(3)) {
      #expect(abs(x + dense - y) < 1e-6)
    }
  }

  @Test func `what does not fit is refused by its place`() throws {
    func reason(_ config: [String: Any], stray: Bool = false) throws -> String {
      let (folder, model) = try copy("labse")
      let whole = ["in_features": 32, "out_features": 32, "bias": true] as [String: Any]
      try write(whole.merging(config) { $1 }, to: "2_Dense/config.json", of: model)
      if stray {
        let checkpoint = try Checkpoint.open(model.appending(path: "2_Dense"))
        var tensors = ["linear.scale": StoredTensor([1], shape: [1])]
        for name in checkpoint.names { tensors[name] = checkpoint[name] }
        let file = model.appending(path: "2_Dense/model.safetensors").path
        try SafetensorsWriter.write(tensors, to: file + ".new")
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.moveItem(atPath: file + ".new", toPath: file)
      }
      let error = #expect(throws: EmbedderError.self) {
        try withExtendedLifetime(folder) { try Embedder(modelFolder: model) }
      }
      return "\(error, default: "none")"
    }
    for (config, words) in [
      (["in_features": 48], "2_Dense/config.json: in_features: expected 32"),
      (["out_features": 48], "linear.weight"), (["bias": false], "linear.bias"),
      (["activation_function": "mine.Tanh"], "activation_function"),
      (["activation_function": "torch.nn.modules.activation.Threshold"], "Threshold"),
      (["module_input_name": "attention_mask"], "module_input_name"),
      (["module_output_name": "other"], "module_output_name"),
      (["use_residual": true, "out_features": 24], "linear.weight"),
    ] as [([String: Any], String)] {
      let reason = try reason(config)
      #expect(reason.contains(words), "\(reason)")
    }
    #expect(try reason([:], stray: true).contains("linear.scale"))
  }

  @Test(arguments: ["st-prompts", "roberta", "distilbert", "mpnet", "electra", "albert"])
  func `a classifier's head that training left changes no vector`(_ name: String) throws {
    func folder(with names: [String]) throws -> GoldenCopy {
      let folder = try GoldenCopy(of: "zoo/\(name)")
      try folder.changeTensors { tensors in
        for name in names { tensors[name] = StoredTensor([1, 2], shape: [2]) }
      }
      return folder
    }
    var heads = ["classifier.weight", "classifier.dense.weight", "score.weight"]
    if name == "distilbert" { heads.append("pre_classifier.bias") }
    let copy = try folder(with: heads)
    let own = try Embedder(modelFolder: copy.url)
    let golden = try Embedder(modelFolder: Goldens.url("zoo/\(name)"))
    let item = Item.text("a blue whale")
    #expect(try own.encode(item).vector == golden.encode(item).vector)
    let other = try folder(with: ["classifiers.weight"])
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: other.url) }
    #expect("\(error, default: "none")".contains("classifiers.weight"))
  }
}
