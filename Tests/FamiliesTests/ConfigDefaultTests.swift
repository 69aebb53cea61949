import Foundation
import TesseraEmbedders
import TesseraTensors
import TesseraTestSupport
import Testing

/// What `config.json` leaves out is what transformers' class has by itself. `config-defaults.json` holds
/// the classes' own words.
@Suite struct ConfigDefaultTests {
  private typealias Object = [String: Any]

  /// Folders of classes that are none of transformers'.
  private static let others: Set = [
    "visual-tiny-en", "visual-tiny-m3", "gte-new", "gte-multilingual", "nomic-bert", "open-clip",
    "eva-clip", "jina-clip", "jina-v3", "imagebind",
  ]
  private static let families = GoldenFamily.all.filter { !others.contains($0.name) }

  private func defaults(of config: Object) throws -> Object {
    let data = try Data(contentsOf: Goldens.url("config-defaults.json"))
    let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Object])
    let type = try #require(config["model_type"] as? String)
    return try #require(all[type], "\(type)")
  }

  /// Without the keys that say what the class says by itself, in inner configurations too.
  private func stripped(_ config: Object, of defaults: Object) throws -> Object {
    func bytes(_ value: Any) throws -> Data {
      try JSONSerialization.data(withJSONObject: [value], options: .sortedKeys)
    }
    var result = config
    for (key, value) in config {
      guard let standard = defaults[key] else { continue }
      if key.hasSuffix("_config"), let inner = value as? Object, let own = standard as? Object {
        result[key] = try stripped(inner, of: own)
      } else if try bytes(value) == bytes(standard) {
        result[key] = nil
      }
    }
    return result
  }

  /// The names of all keys, those of inner configurations too.
  private func keyCount(_ config: Object) -> Int {
    config.reduce(0) { $0 + 1 + (($1.value as? Object).map(keyCount) ?? 0) }
  }

  @Test(arguments: families)
  func `what equals the default may be left out, to the bit`(_ family: GoldenFamily) throws {
    let folder = try GoldenCopy(of: family.folder())
    let config = try folder.object("config.json")
    let bare = try stripped(config, of: defaults(of: config))
    #expect(keyCount(bare) < keyCount(config))
    try folder.write(bare, to: "config.json")
    let (own, whole) = (
      try Embedder(modelFolder: folder.url), try Embedder(modelFolder: family.folder())
    )
    for item in try family.answers().prefix(6).map(\.item) {
      #expect(try own.encode(item).vector == whole.encode(item).vector, "\(item)")
    }
  }

  @Test(arguments: families)
  func `a size that is left out is the class's, and weights of another are refused`(
    _ family: GoldenFamily
  ) throws {
    let folder = try GoldenCopy(of: family.folder())
    let config = try folder.object("config.json")
    let defaults = try defaults(of: config)
    for key in ["vocab_size", "intermediate_size", "hidden_dim"] {
      guard let size = defaults[key] as? Int, let own = config[key] as? Int, size != own else {
        continue
      }
      var bare = config
      bare[key] = nil
      try folder.write(bare, to: "config.json")
      let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: folder.url) }
      let reason = "\(error, default: "none")"
      // A matrix may hold both halves of a gated layer.
      #expect(reason.contains("\(size)") || reason.contains("\(2 * size)"), "\(key): \(reason)")
    }
  }

  @Test(arguments: GoldenClassifier.all)
  func `so it is with classifiers`(_ golden: GoldenClassifier) throws {
    let folder = try GoldenCopy(of: "zoo/\(golden.name)")
    let config = try folder.object("config.json")
    try folder.write(stripped(config, of: defaults(of: config)), to: "config.json")
    let (own, whole) = (try Reranker(modelFolder: folder.url), try golden.reranker())
    let pair = TextPair("whale", "a whale in the sea")
    #expect(try own.score(of: pair).logits == whole.score(of: pair).logits)
  }

  private let item = Item.text("A blue whale in the sea.")

  private func vector(_ golden: String, _ change: (inout Object) -> Void) throws -> [Float] {
    let folder = try GoldenCopy(of: "zoo/\(golden)")
    var config = try folder.object("config.json")
    change(&config)
    try folder.write(config, to: "config.json")
    return try Embedder(modelFolder: folder.url).encode(item).vector
  }

  private func vector(_ golden: String, without keys: [String]) throws -> [Float] {
    try vector(golden) { config in keys.forEach { config[$0] = nil } }
  }

  /// Where a family's own code stands for transformers'.
  @Test func `GTE's own code has defaults too`() throws {
    let keys = [
      "hidden_act", "layer_norm_eps", "layer_norm_type", "position_embedding_type", "pack_qkv",
    ]
    #expect(try vector("gte-new", without: keys) == vector("gte-new", without: []))
  }

  @Test func `NomicBERT's own code would turn nothing`() throws {
    let error = #expect(throws: EmbedderError.self) {
      try vector("nomic-bert", without: ["rotary_emb_fraction"])
    }
    #expect("\(error, default: "none")".contains("rotary_emb_fraction is missing"))
  }

  @Test func `NomicBERT as transformers writes it may leave out as much`() throws {
    func vector(_ others: Object) throws -> [Float] {
      try self.vector("nomic-bert") {
        $0 = [
          "model_type": "nomic_bert", "vocab_size": 448, "hidden_size": 48,
          "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96,
        ].merging(others) { $1 }
      }
    }
    let written: Object = [
      "type_vocab_size": 2, "layer_norm_eps": 1e-12, "max_position_embeddings": 2048,
      "hidden_act": "silu", "rope_parameters": ["rope_theta": 1000, "rope_type": "default"],
    ]
    #expect(try vector([:]) == vector(written))
  }

  @Test func `null is no default`() throws {
    for (golden, key) in [
      ("labse", "layer_norm_eps"), ("roberta", "pad_token_id"), ("distilbert", "activation"),
      ("modernbert", "norm_bias"), ("qwen3-embedding", "head_dim"), ("mpnet", "hidden_act"),
    ] {
      let error = #expect(throws: EmbedderError.self) {
        try vector(golden) { $0[key] = NSNull() }
      }
      #expect("\(error, default: "none")".contains("\(key) is missing"), "\(golden)")
    }
  }

  @Test func `BERT's names of DistilBERT's keys count before its own`() throws {
    let plain = try vector("distilbert", without: [])
    let other = try vector("distilbert") {
      ($0["num_attention_heads"], $0["hidden_size"]) = ($0["n_heads"], $0["dim"])
      ($0["n_heads"], $0["dim"]) = (3, nil)
    }
    #expect(other == plain)
  }

  @Test func `bases of the rotary embedding that are left out`() throws {
    let kinds = ["full_attention", "sliding_attention"]
    let bare: Object = Dictionary(
      uniqueKeysWithValues: kinds.map { ($0, ["rope_type": "default"]) })
    for (golden, far, near, base) in [
      ("modernbert", "global_rope_theta", "local_rope_theta", 160_000),
      ("embedding-gemma", "rope_theta", "rope_local_base_freq", 1_000_000),
    ] {
      func vector(_ changes: Object) throws -> [Float] {
        try self.vector(golden) {
          for key in [far, near, "rope_parameters", "rope_theta"] { $0[key] = nil }
          $0.merge(changes) { $1 }
        }
      }
      let written = try vector([far: base, near: 10000])
      #expect(try vector([:]) == written)
      #expect(try vector(["rope_parameters": bare]) == written)
      let others: Object = [far: 77, near: 55]
      #expect(
        try vector(others) == vector(others.merging(["rope_parameters": bare]) { $1 }))
      #expect(try vector(others) != written)
    }
  }

  /// transformers builds a configuration of the older copy alone, and its defaults win too.
  @Test func `CLIP's older copy of an inner configuration counts alone`() throws {
    let whole = try Embedder(modelFolder: Goldens.url("zoo/bge-vl")).encode(item).vector
    let moved = try vector("bge-vl") {
      $0["text_config_dict"] = $0["text_config"]
      $0["text_config"] = ["hidden_size": 7]
    }
    #expect(moved == whole)
    let error = #expect(throws: EmbedderError.self) {
      try vector("bge-vl") { $0["text_config_dict"] = ["hidden_act": "quick_gelu"] }
    }
    #expect("\(error, default: "none")".contains("expected shape [40, 512]"))
  }
}
