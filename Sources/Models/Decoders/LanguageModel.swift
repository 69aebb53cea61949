import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// A decoder with its head: a text becomes the logits of what may follow. Vectors of pictures may stand
/// in the places of some of its tokens.
struct LanguageModel: Sendable {
  private let decoder: Decoder
  private let head: Linear
  /// Tokens that it can read.
  private let positions: Int
  /// The token in whose places pictures stand.
  private let pictureToken: Int?

  /// - Parameters:
  ///   - weights: of the decoder.
  ///   - head: `lm_head`, which a checkpoint may leave out that shares the table of words.
  init(
    _ weights: Weights, head: Weights, _ config: LanguageModelConfig, sharesWords: Bool,
    pictureToken: Int? = nil
  ) throws {
    decoder = try Decoder(
      weights, config.decoder, config.traits, sight: .causal, rotary: config.rotary)
    let (words, width) = (config.decoder.vocabularySize, config.decoder.hiddenSize)
    let isShared = sharesWords && !head.contains("weight")
    // Converters leave it as it is, for others who read single rows of it. It chooses the words: bytes of it
    // where the layers have four bits.
    self.head = Linear(
      path: head.path,
      weight: isShared
        ? decoder.words.matrix
        : StoredMatrix(try head.tensor("weight", shape: [words, width])),
      precision: weights.ofEncoder.precision, bias: nil)
    positions = config.positions
    self.pictureToken = pictureToken
  }

  var session: LanguageSession { LanguageSession(self, decoder.caches) }

  /// Reads a whole text and shows every stage: the logits of what follows each token, [T, V].
  ///
  /// - Throws: `ChatError`; `CancellationError` between two layers.
  func trace(_ ids: [Int], pictures: [Tensor], trace: Trace) throws -> Tensor {
    let x = try embed(ids, pictures, behind: 0, readsAnswer: true, trace: trace)
    let hidden = try decoder.run(
      x, in: PackedSequences(lengths: [ids.count]), keeping: nil, trace: trace)
    return trace.pass(head.path, head(hidden))
  }

  /// The tokens as they enter the first layer, [T, C].
  ///
  /// - Parameter readsAnswer: whether the model itself may have written some of them.
  fileprivate func embed(
    _ ids: [Int], _ pictures: [Tensor], behind earlier: Int, readsAnswer: Bool = false,
    trace: Trace? = nil
  ) throws -> Tensor {
    guard earlier + ids.count <= positions else {
      throw ChatError.tooLong(tokens: earlier + ids.count, limit: positions)
    }
    var places = ids.indices.filter { ids[$0] == pictureToken }
    let vectors = pictures.reduce(0) { $0 + $1.rowCount }
    // The token may be written, too; then it is read as it stands in the table.
    if readsAnswer { places = Array(places.prefix(vectors)) }
    guard vectors == places.count || pictures.isEmpty else {
      throw ChatError.pictureTokens(tokens: places.count, vectors: vectors)
    }
    let words = decoder.embed([ModelInput(ids: ids)], trace: trace)
    return pictures.isEmpty ? words : words.replacingRows(at: places, by: .concatenating(pictures))
  }

  /// Logits of what follows the last token, [1, V].
  fileprivate func read(_ x: Tensor, behind caches: inout [KeyValueBlocks]) throws -> Tensor {
    head(try decoder.read(x, behind: &caches))
  }
}

/// A conversation with a language model.
struct LanguageSession: ChatSession {
  private let model: LanguageModel
  private var caches: [KeyValueBlocks]

  fileprivate init(_ model: LanguageModel, _ caches: [KeyValueBlocks]) {
    (self.model, self.caches) = (model, caches)
  }

  var count: Int { caches.first?.count ?? 0 }

  mutating func read(_ ids: [Int], pictures: [Tensor]) throws -> Tensor {
    precondition(!ids.isEmpty, "nothing to read")
    let before = count
    let x = try model.embed(ids, pictures, behind: before)
    do {
      return try model.read(x, behind: &caches)
    } catch {
      // Some layers have read the tokens.
      for layer in caches.indices { caches[layer].truncate(to: before) }
      throw error
    }
  }

  mutating func truncate(to count: Int) {
    for layer in caches.indices { caches[layer].truncate(to: count) }
  }
}
