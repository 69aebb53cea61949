import TesseraCheckpoints
import TesseraJSON
import TesseraTokenizers

/// A family whose folders are sentence encoders: what they share, beside the tower's own.
protocol SentenceEncoderFamily: ModelFamily {
  associatedtype Tower: TextTower
  var head: SentenceHead { get }

  /// What a checkpoint with heads for other tasks puts before the tower's names.
  static var prefix: String { get }

  func tower(_ weights: Weights) throws -> Tower

  /// The head of masked language modelling, which weighs the words of a vocabulary.
  ///
  /// - Throws: `LayoutError` for a family without one.
  func languageHead(_ weights: Weights) throws -> LanguageHead
}

extension SentenceEncoderFamily {
  var textStyle: TextStyle {
    head.interaction?.stanford == nil ? .sentenceTransformers : .plain
  }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    try encoder(weights, tokenizer: tokenizer)
  }

  /// The model of one tower and the folder's modules.
  func encoder(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    let tower = try tower(weights.below(Self.prefix))
    if let interaction = head.interaction {
      return try MultiVectorEncoder(tower, head, interaction, tokenizer(), weights)
    }
    guard let splade = head.splade else { return try SentenceEncoder(tower, head) }
    return SparseEncoder(tower: tower, head: try languageHead(weights), pooling: splade)
  }

  func languageHead(_ weights: Weights) throws -> LanguageHead {
    throw LayoutError.noLanguageHead(modelTypes: Self.modelTypes)
  }

  var lateInteraction: LateInteraction? { head.interaction }
  var notes: [String] { head.notes }
  var poolsPrompts: Bool { head.pooling.includesPrompt }
}

extension ModelFiles {
  /// What makes one vector of the tokens' vectors.
  ///
  /// Without `modules.json` it is what sentence-transformers takes then: the mean, or the last token
  /// of a causal model.
  ///
  /// - Parameter reader: a module of the model's own code that reads texts as a Transformer does.
  /// - Throws: `FieldError`, `LayoutError`.
  func head(reader: String? = nil) throws -> SentenceHead {
    // A classifier's own head reads the tokens.
    guard try classifierArchitecture() == nil else { return SentenceHead(pooling: .cls) }
    if let interaction = try stanfordInteraction() {
      return SentenceHead(pooling: .cls, tokenModules: [.normalizing], interaction: interaction)
    }
    if let modules {
      return try lateInteraction(modules).map(modules.head) ?? modules.head(reader: reader)
    }
    // Without weights nothing else can be wrong yet.
    _ = try checkpoint.get()
    let pooling: Pooling = try isCausalLanguageModel() ? .lastToken : .mean
    return SentenceHead(
      pooling: pooling,
      notes: [
        "there is no modules.json, so vectors are \(pooling == .mean ? "means over the tokens" : "those of the last tokens"),"
          + " not normalised, as sentence-transformers would make them"
      ])
  }

  /// Nil for folders that make one vector of a text.
  private func lateInteraction(_ modules: ModuleChain) throws -> LateInteraction? {
    guard try givesTokenVectors() else { return nil }
    if let file = sentenceTransformersConfig, try isPyLate() {
      return try LateInteraction(pyLate: file)
    }
    return try LateInteraction(sentenceConfig, mask: modules.config(ifPresent: "MultiVectorMask"))
  }

  /// Whether the folder makes a vector of each token.
  package func givesTokenVectors() throws -> Bool {
    let kind = try sentenceTransformersConfig?.optional("model_type")?.string()
    return try kind == "MultiVectorEncoder" || isPyLate()
      || modules?.kinds.contains("MultiVectorMask") ?? false || isStanfordColBERT()
  }

  private func isPyLate() throws -> Bool {
    try sentenceTransformersConfig?.optional("model_type")?.string() == "ColBERT"
  }

  /// The class of a model that scores texts, or pairs of them, and makes no vectors; nil for others.
  package func classifierArchitecture() throws -> String? {
    guard modules.map({ !$0.kinds.contains("Pooling") }) ?? true else { return nil }
    return try architectures().first { $0.hasSuffix("ForSequenceClassification") }
  }

  private func isCausalLanguageModel() throws -> Bool {
    try architectures().first?.hasSuffix("ForCausalLM") == true
      && config.optional("is_causal")?.bool() ?? true
  }

  func architectures() throws -> [String] {
    try config.optional("architectures")?.elements().map { try $0.string() } ?? []
  }
}

/// A folder that is good for something else.
package enum LayoutError: Error, CustomStringConvertible {
  case classifier(architecture: String)
  case noClassifier(modelType: String)
  case otherClassifier(architecture: String, modelType: String)
  case noLanguageHead(modelTypes: [String])

  package var description: String {
    switch self {
    case .noLanguageHead(let types):
      "weights of a whole vocabulary, which SpladePooling asks for, are not computed for"
        + " \(types.joined(separator: ", "))"
    case .noClassifier(let modelType):
      "this \(modelType) makes vectors, and scores nothing by itself: use it with encode, rank or"
        + " similarity; a reranker's config.json says …ForSequenceClassification among its"
        + " architectures"
    case .otherClassifier(let architecture, let modelType):
      "config.json: architectures: \(architecture): scores of a classifier are not supported for"
        + " this family (\(modelType)), and it makes no vectors"
    case .classifier(let architecture):
      "a \(architecture) scores texts and pairs of texts, and makes no vectors of them: use it"
        + " with rerank, or classify"
    }
  }
}

extension Weights {
  /// The scope below a component, if the checkpoint has one, or this one.
  func below(_ component: String) -> Weights { self[component].hasNames ? self[component] : self }
}
