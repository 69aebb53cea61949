/// A model with a short name: where its parts come from, and what it is.
package struct CatalogueEntry: Sendable {
  package let name: String
  package let family: String
  /// In millions.
  package let parameters: Int
  package let licence: String
  package let languages: String
  /// What it turns into what.
  package let gives: String
  /// The repository with the weights.
  package let weights: Part
  /// The repository with configuration and tokenizer, where the weights come without.
  package let textModel: Part?

  package struct Part: Sendable {
    package let repository: String
    /// Names of files, `*` and `?` standing for what may vary; empty: what a model needs.
    package let files: [String]
  }

  private static let textModelFiles = [
    "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
    "vocab.txt", "sentencepiece.bpe.model",
  ]

  /// A model that its repository holds whole.
  fileprivate init(
    _ name: String, _ repository: String, family: String, millions parameters: Int,
    licence: String = "MIT", languages: String = "English", gives: String = "text → vector"
  ) {
    self.init(
      name, weights: Part(repository: repository, files: []), textModel: nil, family: family,
      millions: parameters, licence: licence, languages: languages, gives: gives)
  }

  /// A Visualized-BGE, whose checkpoint holds no configuration and no tokenizer.
  fileprivate init(
    _ name: String, checkpoint: String, on textModel: String, millions parameters: Int,
    languages: String
  ) {
    self.init(
      name, weights: Part(repository: "BAAI/bge-visualized", files: [checkpoint]),
      textModel: Part(repository: textModel, files: Self.textModelFiles),
      family: "Visualized-BGE", millions: parameters, licence: "MIT", languages: languages,
      gives: "text, image, both → vector")
  }

  private init(
    _ name: String, weights: Part, textModel: Part?, family: String, millions parameters: Int,
    licence: String, languages: String, gives: String
  ) {
    self.name = name
    self.weights = weights
    self.textModel = textModel
    self.family = family
    self.parameters = parameters
    self.licence = licence
    self.languages = languages
    self.gives = gives
  }
}

/// The models with short names.
package enum Catalogue {
  package static let entries = [
    CatalogueEntry(
      "visualized-bge-base", checkpoint: "Visualized_base_en_v1.5.pth",
      on: "BAAI/bge-base-en-v1.5", millions: 196, languages: "English"),
    CatalogueEntry(
      "visualized-bge-m3", checkpoint: "Visualized_m3.pth", on: "BAAI/bge-m3", millions: 872,
      languages: "100 and more"),
    CatalogueEntry(
      "bge-m3", "BAAI/bge-m3", family: "BGE-M3", millions: 568, languages: "100 and more",
      gives: "text → vector, word weights, vectors of tokens"),
    CatalogueEntry("bge-small-en-v1.5", "BAAI/bge-small-en-v1.5", family: "BERT", millions: 33),
    CatalogueEntry("bge-base-en-v1.5", "BAAI/bge-base-en-v1.5", family: "BERT", millions: 109),
    CatalogueEntry("bge-large-en-v1.5", "BAAI/bge-large-en-v1.5", family: "BERT", millions: 335),
    CatalogueEntry(
      "all-minilm-l6-v2", "sentence-transformers/all-MiniLM-L6-v2", family: "BERT", millions: 23,
      licence: "Apache-2.0"),
    clip("clip-vit-b-32", "openai/clip-vit-base-patch32", millions: 151),
    clip("clip-vit-b-16", "openai/clip-vit-base-patch16", millions: 150),
    clip("clip-vit-l-14", "openai/clip-vit-large-patch14", millions: 428),
    CatalogueEntry(
      "bge-reranker-v2-m3", "BAAI/bge-reranker-v2-m3", family: "XLM-R cross-encoder",
      millions: 568, licence: "Apache-2.0", languages: "100 and more", gives: "pair → score"),
  ]

  /// All repositories that some short name draws upon.
  static let repositories = entries.flatMap { entry in
    [entry.weights.repository] + (entry.textModel.map { [$0.repository] } ?? [])
  }

  private static func clip(
    _ name: String, _ repository: String, millions: Int
  ) -> CatalogueEntry {
    CatalogueEntry(
      name, repository, family: "CLIP", millions: millions, gives: "text, image → vector")
  }
}
