import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

/// A model with weights for tasks, which its prompts choose.
@Suite struct TaskTests {
  private static let tasks = [
    "classification", "retrieval.passage", "retrieval.query", "separation", "text-matching",
  ]
  private let folder = Goldens.url("zoo/jina-v3")

  /// A copy of the folder with other values in a file.
  private func changed(_ file: String, _ changes: [String: Any]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let model = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: self.folder, to: model)
    let place = model.appending(path: file)
    let config = try JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [String: Any]
    try JSONSerialization.data(withJSONObject: (config ?? [:]).merging(changes) { $1 })
      .write(to: place)
    return folder
  }

  @Test func `each task reads a text by weights of its own`() throws {
    let embedder = try Embedder(modelFolder: folder)
    #expect(embedder.prompts.keys.sorted() == Self.tasks)
    let plain = try embedder.encode(.text("a whale")).vector
    let vectors = try Self.tasks.map {
      try embedder.encode(.text("a whale", prompt: .named($0))).vector
    }
    for (index, vector) in vectors.enumerated() {
      #expect(vector != plain)
      #expect(vectors.dropFirst(index + 1).allSatisfy { $0 != vector })
      let name = Self.tasks[index]
      let byOption = try Embedder(modelFolder: folder, options: .init(prompt: .nameOrText(name)))
      #expect(try byOption.encode(.text("a whale")).vector == vector)
    }
  }

  @Test func `words alone choose no task`() throws {
    let embedder = try Embedder(modelFolder: folder)
    let words = try #require(embedder.prompts["retrieval.query"])
    #expect(
      try embedder.encode(.text("a whale", prompt: .text(words))).vector
        == embedder.encode(.text(words + "a whale")).vector)
    #expect(
      throws: EmbedderError.noSuchPrompt(name: "clustering", known: Self.tasks)
    ) { try embedder.encode(.text("a whale", prompt: .named("clustering"))) }
  }

  @Test func `queries and documents get the tasks of retrieval`() throws {
    let embedder = try Embedder(modelFolder: folder)
    #expect(try embedder.resolved(.query).name == "retrieval.query")
    #expect(try embedder.resolved(.document).name == "retrieval.passage")
    #expect(
      try embedder.encode(.text("a whale", prompt: .document)).vector
        == embedder.encode(.text("a whale", prompt: .named("retrieval.passage"))).vector)
  }

  @Test func `without prompts in the folder the model's own instructions stand`() throws {
    let copy = try changed("config_sentence_transformers.json", ["prompts": [String: String]()])
    let embedder = try Embedder(modelFolder: copy.url.appending(path: "model"))
    let item = Item.text("a whale", prompt: .named("retrieval.query"))
    #expect(try embedder.prompts == Embedder(modelFolder: folder).prompts)
    #expect(
      try embedder.encode(item).vector == Embedder(modelFolder: folder).encode(item).vector)
  }

  @Test func `a task's vector is taken apart by its own weights`() throws {
    let embedder = try Embedder(modelFolder: folder)
    let query = Item.text("a blue whale", prompt: .named("retrieval.query"))
    let document = Item.text("the whale is blue", prompt: .named("retrieval.passage"))
    let explanation = try embedder.explain(query, document)
    let cosine = try embedder.encode(query).similarity(to: embedder.encode(document))
    for side in [explanation.first, explanation.second] {
      #expect(abs(side.contributions.sum - Double(cosine)) < 1e-5)
    }
  }

  @Test func `what the tasks' configuration lacks is named`() throws {
    for (key, value, reason) in [
      ("lora_adaptations", ["retrieval.query"], "lora_A': expected shape [1, 448, 4]"),
      ("lora_adaptations", [String](), "lora_adaptations"),
      ("task_instructions", [String: String](), "task_instructions"),
      ("lora_rank", 8, "expected shape [5, 448, 8]"),
      ("lora_alpha", "1", "lora_alpha"), ("lora_alpha", 0, "lora_alpha"),
      ("lora_alpha", 1e12, "lora_alpha"),
      ("rotary_emb_base", NSNull(), "rotary_emb_base"),
      ("truncate_dim", 16, "truncate_dim"),
    ] as [(String, Any, String)] {
      let copy = try changed("config.json", [key: value])
      let error = #expect(throws: EmbedderError.self) {
        try Embedder(modelFolder: copy.url.appending(path: "model"))
      }
      let found = "\(error, default: "none")"
      #expect(found.contains(reason), "\(found)")
    }
  }

  @Test func `another module of a folder's own code is refused`() throws {
    let copy = try TemporaryFolder()
    let model = copy.url.appending(path: "model")
    try FileManager.default.copyItem(at: folder, to: model)
    let place = model.appending(path: "modules.json")
    let modules = try String(contentsOf: place, encoding: .utf8)
    try modules.replacing("custom_st.Transformer", with: "other_st.Transformer")
      .write(to: place, atomically: true, encoding: .utf8)
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: model) }
    #expect("\(error, default: "none")".contains("other_st.Transformer"))
  }

  @Test func `adapters in folders beside the model are told of`() throws {
    let copy = try TemporaryFolder()
    let model = copy.url.appending(path: "model")
    try FileManager.default.copyItem(at: Goldens.url("zoo/jina-v3-transformers"), to: model)
    let adapter = model.appending(path: "retrieval_query")
    try FileManager.default.createDirectory(at: adapter, withIntermediateDirectories: true)
    try Data("{}".utf8).write(to: adapter.appending(path: "adapter_config.json"))
    let embedder = try Embedder(modelFolder: model)
    #expect(embedder.notes.contains { $0.contains("retrieval_query") && $0.contains("not read") })
    #expect(embedder.prompts.isEmpty)
  }

  @Test(arguments: ["jina-v3", "jina-v3-transformers", "jina-code", "eurobert"])
  func `the goldens' fields are all known`(_ name: String) throws {
    let notes = try Embedder(modelFolder: Goldens.url("zoo/\(name)")).notes
    #expect(!notes.contains { $0.contains("is not known") }, "\(notes)")
  }
}
