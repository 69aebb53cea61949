import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraTensors
import TesseraTestSupport
import Testing

/// Decoders as embedders, beside what every family keeps.
@Suite struct DecoderTests {
  /// A golden's folder with other values in `config.json`, and tensors by other names.
  private func folder(
    _ name: String, _ changes: [String: Any?] = [:], prefix: String = ""
  ) throws -> TemporaryFolder {
    let result = try TemporaryFolder()
    let golden = Goldens.url("zoo/\(name)")
    for file in try FileManager.default.contentsOfDirectory(atPath: golden.path)
    where !["config.json", "model.safetensors"].contains(file) {
      try FileManager.default.copyItem(
        at: golden.appending(path: file), to: result.url.appending(path: file))
    }
    let data = try Data(contentsOf: golden.appending(path: "config.json"))
    var config = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    for (key, value) in changes { config[key] = value }
    try JSONSerialization.data(withJSONObject: config)
      .write(to: result.url.appending(path: "config.json"))
    let checkpoint = try Checkpoint.open(golden)
    var tensors: [String: StoredTensor] = [:]
    for tensor in checkpoint.names { tensors[prefix + tensor] = checkpoint[tensor] }
    if !prefix.isEmpty { tensors["lm_head.weight"] = StoredTensor([1], shape: [1]) }
    try SafetensorsWriter.write(
      tensors, to: result.url.appending(path: "model.safetensors").path)
    return result
  }

  /// A folder lasts until its model has answered.
  private func vector(of item: Item, in folder: TemporaryFolder) throws -> [Float] {
    try withExtendedLifetime(folder) {
      try Embedder(modelFolder: folder.url).encode(item).vector
    }
  }

  /// What would make another model is refused by its key.
  @Test(arguments: [
    ("qwen3-embedding", "rope_parameters", #"{"rope_type": "linear"}"#),
    ("gte-new", "rope_scaling", #"{"type": "ntk", "factor": 2, "mixed_b": 1}"#),
    ("qwen3-embedding", "rope_scaling", #"{"rope_type": "yarn"}"#),
    ("qwen3-embedding", "rope_scaling", #"{"type": "su", "factor": 4}"#),
    ("qwen3-embedding", "rope_scaling", #"{"type": "yarn", "factor": 4, "beta_slow": 64}"#),
    ("qwen3-embedding", "rope_scaling", #"{"type": "yarn", "factor": 4, "truncate": 1}"#),
    ("qwen3-embedding", "rope_parameters", #"{"rope_type": "dynamic"}"#),
    ("qwen3-embedding", "partial_rotary_factor", "0.5"),
    (
      "qwen3-embedding", "rope_scaling",
      #"{"type": "longrope", "short_factor": [1, 1, 1, 1], "long_factor": [2, 2, 2, 2]}"#
    ),
    ("qwen3-embedding", "rope_scaling", #"{"type": "linear"}"#),
    (
      "qwen3-embedding", "rope_scaling",
      #"{"rope_type": "llama3", "factor": 8, "low_freq_factor": 1}"#
    ),
    (
      "qwen3-embedding", "rope_scaling",
      """
      {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 1,
       "original_max_position_embeddings": 64}
      """
    ),
    ("qwen3-embedding", "hidden_act", #""mish""#),
    ("qwen3-embedding", "num_key_value_heads", "3"),
    ("gte-qwen2", "layer_types", #"["full_attention", "sliding_attention"]"#),
    ("qwen3-embedding", "layer_types", #"["full_attention"]"#),
    ("llama-embedding", "layer_types", "[]"),
    ("e5-mistral", "sliding_window", "0"),
    ("e5-mistral", "layer_types", #"["full_attention", "sliding_attention"]"#),
    ("embedding-gemma", "attn_logit_softcapping", "50"),
    ("embedding-gemma", "final_logit_softcapping", "30"),
    ("embedding-gemma", "rope_scaling", #"{"rope_type": "linear", "factor": 8}"#),
    ("embedding-gemma", "layer_types", #"["full_attention"]"#),
  ])
  func `what is not computed is refused`(name: String, key: String, value: String) throws {
    let json = try JSONSerialization.jsonObject(
      with: Data(value.utf8), options: .fragmentsAllowed)
    let folder = try folder(name, [key: json])
    let error = #expect(throws: EmbedderError.self) {
      try vector(of: .text("whale"), in: folder)
    }
    #expect("\(error, default: "none")".contains(key))
  }

  /// gte-Qwen2's own code sees both directions; transformers' is causal.
  @Test func `without is_causal, Qwen2 is causal`() throws {
    let expected = try Goldens.tensors("zoo/gte-qwen2/expected.safetensors")
    let folder = try folder("gte-qwen2", ["is_causal": nil])
    for (index, text) in ["whale", "A blue whale in the sea."].enumerated() {
      let vector = try self.vector(of: .text(text), in: folder)
      let reference = try #require(expected["causal.\(index)"]).elements
      #expect(zip(vector, reference).allSatisfy { abs($0 - $1) < 2e-6 }, "\(text)")
      #expect(vector != (try #require(expected["item.\(index)"]).elements))
    }
  }

  @Test(arguments: ["qwen3-embedding", "e5-mistral", "embedding-gemma"])
  func `names may stand below model, beside a head`(name: String) throws {
    let plain = try Embedder(modelFolder: Goldens.url("zoo/\(name)"))
    let item = Item.text("A blue whale in the sea.")
    let prefixed = try vector(of: item, in: folder(name, prefix: "model."))
    #expect(try plain.encode(item).vector == prefixed)
  }

  /// transformers 5 writes the rotary embedding's base otherwise.
  @Test func `both spellings of the rotary base`() throws {
    let changes: [(String, [String: Any?])] = [
      (
        "qwen3-embedding",
        ["rope_theta": nil, "rope_parameters": ["rope_theta": 1e6, "rope_type": "default"]]
      ),
      (
        "embedding-gemma",
        [
          "rope_theta": nil, "rope_local_base_freq": nil,
          "rope_parameters": [
            "full_attention": ["rope_theta": 1e6, "rope_type": "default"],
            "sliding_attention": ["rope_theta": 1e4, "rope_type": "default"],
          ],
        ]
      ),
    ]
    let item = Item.text("What is the capital of France and how many people live there today?")
    for (name, change) in changes {
      let old = try Embedder(modelFolder: Goldens.url("zoo/\(name)")).encode(item).vector
      let new = try vector(of: item, in: folder(name, change))
      #expect(old == new, "\(name)")
    }
  }

  /// As in transformers, a base beside `rope_parameters` holds where these have none.
  @Test func `the base may stand beside rope_parameters`() throws {
    let item = Item.text("A blue whale in the sea.")
    let parameters: [String: Any?] = ["rope_parameters": ["rope_type": "default"]]
    func vector(_ changes: [String: Any?]) throws -> [Float] {
      try self.vector(of: item, in: folder("qwen3-embedding", changes))
    }
    let plain = try vector(["rope_theta": 77])
    #expect(try vector(parameters.merging(["rope_theta": 77]) { $1 }) == plain)
    #expect(try vector(parameters.merging(["rope_theta": nil]) { $1 }) != plain)
  }

  /// GTE as transformers' own class writes it; the golden is of the model's own code.
  @Test func `GTE's base is read in both of transformers' spellings`() throws {
    let item = Item.text("A blue whale in the sea.")
    func vector(_ changes: [String: Any?]) throws -> [Float] {
      let own: [String: Any?] = ["model_type": "gte", "rope_scaling": nil, "rope_theta": nil]
      return try self.vector(of: item, in: folder("gte-new", own.merging(changes) { $1 }))
    }
    let new = try vector(["rope_parameters": ["rope_type": "default", "rope_theta": 77]])
    #expect(try vector(["rope_theta": 77]) == new)
    #expect(try vector([:]) == vector(["rope_theta": 160_000]))
    #expect(throws: EmbedderError.self) {
      try vector(["rope_scaling": ["rope_type": "linear", "factor": 2]])
    }
  }

  @Test func `a window that no layer of Qwen has is none`() throws {
    let item = Item.text("A blue whale in the sea.")
    let plain = try Embedder(modelFolder: Goldens.url("zoo/gte-qwen2")).encode(item).vector
    func vector(from layer: Int, _ window: Any?) throws -> [Float] {
      try self.vector(
        of: item,
        in: folder(
          "gte-qwen2",
          ["use_sliding_window": true, "sliding_window": window, "max_window_layers": layer]))
    }
    #expect(try vector(from: 2, 3) == plain)
    #expect(try vector(from: 0, NSNull()) == plain)
    // Where none is named, the class has one.
    for window in [3, nil] {
      let error = #expect(throws: EmbedderError.self) { try vector(from: 1, window) }
      #expect("\(error, default: "none")".contains("use_sliding_window"))
    }
  }

  @Test func `SiLU's other name`() throws {
    let item = Item.text("A blue whale in the sea.")
    let plain = try Embedder(modelFolder: Goldens.url("zoo/gte-qwen2")).encode(item).vector
    #expect(try vector(of: item, in: folder("gte-qwen2", ["hidden_act": "swish"])) == plain)
  }

  @Test func `Mistral's window changes what is seen`() throws {
    let item = Item.text("A blue whale in the sea.")
    let all = try Embedder(modelFolder: Goldens.url("zoo/e5-mistral")).encode(item).vector
    func vector(_ window: Int) throws -> [Float] {
      try self.vector(of: item, in: folder("e5-mistral", ["sliding_window": window]))
    }
    #expect(try vector(12) == all)
    #expect(try vector(3) != all)
  }
}
