import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// A table of vectors: a text becomes the mean of its tokens', and no layer computes anything.
///
/// sentence-transformers' `StaticEmbedding`, model2vec's models.
struct StaticEncoder: EmbeddingModel {
  private let words: StaticRows
  private let width: Int
  private let head: LoadedHead

  init(_ words: StaticRows, width: Int, _ head: SentenceHead) throws {
    self.words = words
    self.width = width
    self.head = try head.loaded(width: width)
  }

  var dimension: Int { head.dimension }
  var isNormalizing: Bool { head.isNormalizing }

  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    let means = inputs.map { input in
      input.ids.isEmpty ? Tensor(zeros: [width]) : words(input.ids).meanOfRows()
    }
    let vectors = head.finished(
      .concatenating(means.map { $0.reshaped([1, width]) }), trace: trace)
    return inputs.indices.map { ModelOutput(vector: vectors.row($0)) }
  }
}

/// Its folder has no config.json: `modules.json` says what it is, and its tensor how large.
struct StaticFamily: ModelFamily {
  static let modelTypes = ["static_embedding"]
  static let quantizedLayers: [String] = []
  static let unusedTensors: [String] = []
  static let stages = StageNames(attention: "")

  /// What stands for the file that such folders lack.
  static var config: Config {
    get throws {
      try Config(
        Field(
          value: .object([.init(key: "model_type", value: .string(modelTypes[0]))]),
          place: FilePlace(file: "modules.json")))
    }
  }

  private let head: SentenceHead
  private let table: StaticTable

  init(_ folder: ModelFiles) throws {
    head = try folder.head()
    table = try StaticTable(folder.checkpoint.get())
  }

  var format: any InputFormat { table }
  var notes: [String] { head.notes }
  var readsSpecialTokens: Bool { false }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    try StaticEncoder(StaticRows(weights, table), width: table.width, head)
  }
}

/// The table's name, and its size.
struct StaticTable: InputFormat {
  /// For messages.
  let file: String
  let name: String
  let rowCount: Int
  let width: Int
  /// Tokens that have a row; nil where each token has the row of its id.
  private let mappedCount: Int?
  /// Whether each token's row is weighed.
  let isWeighed: Bool

  /// sentence-transformers' name, and model2vec's, which may have others beside it.
  private static let names = ["embedding.weight", "embeddings"]
  static let mapping = "mapping"
  static let weights = "weights"

  init(_ checkpoint: Checkpoint) throws {
    let found = Self.names.first { checkpoint.info($0) != nil } ?? Self.names[0]
    let shape = checkpoint.info(found)?.shape ?? []
    guard shape.count == 2 else {
      throw WeightsError.missing(file: checkpoint.path, name: found)
    }
    file = checkpoint.path
    name = found
    rowCount = shape[0]
    width = shape[1]
    let hasOthers = found == Self.names[1]
    isWeighed = hasOthers && checkpoint.info(Self.weights) != nil
    let mapping = hasOthers ? checkpoint.info(Self.mapping) : nil
    if let mapping, mapping.shape.count != 1 {
      throw WeightsError.shape(
        file: checkpoint.path, name: Self.mapping, expected: [mapping.elementCount],
        found: mapping.shape)
    }
    mappedCount = mapping?.elementCount
  }

  var isMapped: Bool { mappedCount != nil }
  var vocabularySize: Int { mappedCount ?? rowCount }

  /// Nothing meets, so nothing limits.
  func maximumTextTokens(besideImage: Bool) -> Int { 1 << 30 }

  func layout(of input: ModelInput) -> [SequenceRow] {
    input.ids.indices.map { SequenceRow(.token($0), position: $0) }
  }
}
