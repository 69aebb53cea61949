import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// What stands before texts, and what is kept of vectors, as sentence-transformers has it.
@Suite struct PromptTests {
  private struct Inputs: Decodable {
    struct Entry: Decodable {
      let text: String
      let prompt: String
      let name: String?
      let dimensions: Int?

      private enum CodingKeys: String, CodingKey {
        case text, prompt
        case name = "prompt_name"
        case dimensions = "truncate_dim"
      }
    }
    let items: [Entry]
  }

  private let folder = Goldens.url("zoo/st-prompts")

  @Test func `prompts by name, by words and by default; their tokens are not pooled`() throws {
    let expected = try Goldens.tensors("zoo/st-prompts/expected.safetensors")
    let embedder = try Embedder(modelFolder: folder)
    #expect(embedder.dimension == 24)
    #expect(embedder.notes.contains { $0.contains("24 numbers") })
    let entries = try Goldens.json("zoo/st-prompts/inputs.json", as: Inputs.self).items
    var checked = 0
    for (index, entry) in entries.enumerated() {
      let vector = try #require(expected["item.\(index)"]).elements
      guard vector.count == 24 else { continue }
      checked += 1
      var items = [Item.text(entry.text, prompt: .text(entry.prompt))]
      if let name = entry.name {
        items.append(.text(entry.text, prompt: .named(name)))
        items.append(.text(entry.text, prompt: .nameOrText(name)))
      } else if entry.prompt.hasPrefix("Represent") {
        items.append(.text(entry.text))
        items.append(.text(entry.text, prompt: .query))
      }
      for item in items {
        let own = try embedder.encode(item).vector
        #expect(disagreement(own, vector, .embedding) == nil, "\(item)")
      }
    }
    #expect(checked > 20)
  }

  @Test func `a prompt that is not there is named, and roles are what the folder names`() throws {
    let embedder = try Embedder(modelFolder: folder)
    #expect(throws: EmbedderError.noSuchPrompt(name: "q", known: ["document", "passage", "query"]))
    {
      try embedder.encode(.text("whale", prompt: .named("q")))
    }
    #expect(throws: EmbedderError.self) {
      try Embedder(modelFolder: folder, options: .init(prompt: .named("q")))
    }
    #expect(try embedder.resolved().name == "query")
    #expect(try embedder.resolved(.document).text == "passage: ")
    #expect(try embedder.resolved(.nameOrText("q: ")).text == "q: ")
    func resolved(_ config: String, _ prompt: Prompt) throws -> String {
      var encoder = SentenceEncoderFolder()
      encoder.files = ["config_sentence_transformers.json": config]
      let place = try encoder.write()
      return try Embedder(modelFolder: place.url).resolved(prompt).text
    }
    let named = #"{"prompts": {"passage": "p: ", "x": "x: "}, "default_prompt_name": "x"}"#
    #expect(try resolved(named, .document) == "p: " && resolved(named, .query) == "")
    // Neither role has a prompt of its own: both get the default.
    let standard = #"{"prompts": {"x": "x: "}, "default_prompt_name": "x"}"#
    #expect(try resolved(standard, .document) == "x: " && resolved(standard, .query) == "x: ")
    #expect(try resolved(#"{"prompts": {"x": "x: "}}"#, .query) == "")
  }

  @Test func `fewer numbers, of length 1 again where the folder makes it so`() throws {
    let text = Item.text("blue whale")
    for modules in [["Transformer", "Pooling", "Normalize"], ["Transformer", "Pooling"]] {
      let place = try SentenceEncoderFolder(modules: modules).write()
      let whole = try Embedder(modelFolder: place.url).encode(text).vector
      let short = try Embedder(modelFolder: place.url, options: .init(dimensions: 16))
      #expect(short.dimension == 16 && short.notes.contains { $0.contains("16 numbers") })
      let start = Array(whole.prefix(16))
      let norm = start.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
      let expected = modules.count == 3 ? start.map { $0 / norm } : start
      #expect(disagreement(try short.encode(text).vector, expected, .embedding) == nil)
      #expect(throws: EmbedderError.tooManyDimensions(asked: 65, dimension: 64)) {
        try Embedder(modelFolder: place.url, options: .init(dimensions: 65))
      }
    }
    let trained = SentenceEncoderFolder(config: ["matryoshka_dimensions": [16, 32]])
    let place = try trained.write()
    #expect(try Embedder(modelFolder: place.url, options: .init(dimensions: 16)).notes.isEmpty)
  }

  @Test func `white space is dropped or kept as the folder's release did`() throws {
    func vector(
      _ text: String, _ version: String?, _ choice: WhiteSpace? = nil
    ) throws -> [Float] {
      var folder = SentenceEncoderFolder()
      // A tokenizer that sees white space.
      folder.tokenizer["pre_tokenizer"] = [
        "type": "Split", "pattern": ["String": "q"], "behavior": "Isolated", "invert": false,
      ]
      folder.tokenizer["normalizer"] = [
        "type": "Replace", "pattern": ["String": " "], "content": "w",
      ]
      folder.config["tokenizer_class"] = "PreTrainedTokenizerFast"
      folder.files["tokenizer_config.json"] = #"{"tokenizer_class": "PreTrainedTokenizerFast"}"#
      if let version {
        folder.files["config_sentence_transformers.json"] =
          #"{"__version__": {"sentence_transformers": "\#(version)"}}"#
      }
      let place = try folder.write()
      return try Embedder(modelFolder: place.url, options: .init(whiteSpace: choice))
        .encode(.text(text)).vector
    }
    for version in ["3.4.1", "5.3.0", nil] {
      #expect(try vector("hale ", version) == vector("hale", version))
      #expect(try vector("hale ", version, .kept) != vector("hale", version))
    }
    for version in ["5.4.0", "6.2.0"] {
      #expect(try vector("hale ", version) != vector("hale", version))
      #expect(try vector("hale ", version, .stripped) == vector("hale", version))
    }
  }

  @Test func `older names of the transformer's file count, the first that says something`() throws {
    for name in ["sentence_roberta_config.json", "sentence_xlm-roberta_config.json"] {
      var folder = SentenceEncoderFolder()
      folder.files = ["sentence_bert_config.json": "{}", name: #"{"max_seq_length": 4}"#]
      let place = try folder.write()
      let embedding = try Embedder(modelFolder: place.url).encode(.text("blue whale"))
      #expect(embedding.truncation?.kept == 4)
    }
  }

  @Test func `later releases lowercase in the tokenizer, which sees words as they are`() throws {
    func vector(_ text: String, _ version: String, _ lowers: Bool) throws -> [Float] {
      var folder = SentenceEncoderFolder()
      folder.files = [
        "tokenizer_config.json": #"{"do_lower_case": false}"#,
        "sentence_bert_config.json": #"{"do_lower_case": \#(lowers)}"#,
        "config_sentence_transformers.json":
          #"{"__version__": {"sentence_transformers": "\#(version)"}}"#,
      ]
      let place = try folder.write()
      return try Embedder(modelFolder: place.url).encode(.text(text)).vector
    }
    let lower = try vector("blue whale", "6.0.0", false)
    #expect(try vector("BLUE Whale", "6.0.0", true) == lower)
    #expect(try vector("BLUE Whale", "5.3.0", true) == lower)
    #expect(try vector("BLUE Whale", "6.0.0", false) != lower)
    // A special token's own spelling is lowercased by older releases only.
    #expect(try vector("[MASK]", "6.0.0", true) != vector("[MASK]", "5.3.0", true))
  }

  @Test func `vectors are compared as the folder says`() throws {
    var folder = SentenceEncoderFolder(modules: ["Transformer", "Pooling"])
    func embedder(_ name: String) throws -> Embedder {
      folder.files["config_sentence_transformers.json"] = #"{"similarity_fn_name": "\#(name)"}"#
      let place = try folder.write()
      return try Embedder(modelFolder: place.url)
    }
    for function in SimilarityFunction.allCases {
      #expect(try embedder(function.rawValue).similarityFunction == function)
    }
    #expect(throws: EmbedderError.self) { try embedder("jaccard") }
    let encoder = try embedder("dot")
    let (x, y) = (
      try encoder.encode(.text("blue whale")), try encoder.encode(.text("a red house"))
    )
    let pairs = zip(x.vector, y.vector).map { (Double($0), Double($1)) }
    #expect(abs(x.similarity(to: y, by: .dot) - Float(pairs.reduce(0) { $0 + $1.0 * $1.1 })) < 1e-4)
    let squares = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(abs(x.similarity(to: y, by: .euclidean) + Float(squares.squareRoot())) < 1e-4)
    let sizes = pairs.reduce(0) { $0 + abs($1.0 - $1.1) }
    #expect(abs(x.similarity(to: y, by: .manhattan) + Float(sizes)) < 1e-3)
    #expect(x.similarity(to: x, by: .euclidean) == 0)
  }
}
