import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// BERT that writes: each token sees those before it, and the tokens that it is written beside.
struct BLIPDecoder: Sendable {
  let model: BLIPTextModel
  private let head: BLIPLanguageHead

  init(_ weights: Weights, _ config: BERTConfig, memoryWidth: Int) throws {
    model = try BLIPTextModel(
      weights["bert"], config, memoryWidth: memoryWidth, isCausal: true)
    head = try BLIPLanguageHead(
      weights["cls"], words: weights["bert"]["embeddings"]["word_embeddings"], config)
  }

  /// Begins to write beside some items.
  ///
  /// - Parameter memories: of each item, [Tk, Ck].
  func session(beside memories: [Tensor]) -> BLIPSession {
    BLIPSession(model, head, memories)
  }

  /// The logits of what follows each token, [T, V], computed at once.
  func logits(_ texts: [[Int]], beside memory: BLIPMemory, trace: Trace?) throws -> Tensor {
    head(try model(texts, beside: memory, trace: trace), trace: trace)
  }
}

/// What becomes of a token's vector: a dense layer, then products with the table of words.
struct BLIPLanguageHead: Sendable {
  private let path: String
  private let dense: Linear
  private let activation: Activation
  private let norm: LayerNorm
  private let decoder: Linear

  /// - Parameter words: the table of word embeddings, which is the last matrix too.
  init(_ weights: Weights, words: Weights, _ config: BERTConfig) throws {
    let width = config.hiddenSize
    let predictions = weights["predictions"]
    path = weights.path
    dense = try Linear(
      predictions["transform"]["dense"], inputs: width, outputs: width, precision: .float32)
    activation = config.activation
    norm = try LayerNorm(
      predictions["transform"]["LayerNorm"], width: width, epsilon: config.layerNormEpsilon)
    // Files name the bias once or twice.
    let bias = predictions.contains("bias") ? predictions : predictions["decoder"]
    decoder = Linear(
      path: predictions["decoder"].path,
      weight: StoredMatrix(try words.tensor("weight", shape: [config.vocabularySize, width])),
      bias: try bias.tensor("bias", shape: [config.vocabularySize]).widened())
  }

  /// [T, C] → [T, V].
  func callAsFunction(_ x: Tensor, trace: Trace? = nil) -> Tensor {
    let transform = "\(path).predictions.transform"
    let projected = trace.pass(dense.path, dense(x))
    let normed = trace.pass(norm.path, norm(projected.activated(activation)))
    let logits = decoder(trace.pass(transform, normed))
    return [decoder.path, "\(path).predictions", path].reduce(logits) { trace.pass($1, $0) }
  }
}

/// What a decoder has read beside some items.
struct BLIPSession: DecodingSession {
  private let model: BLIPTextModel
  private let head: BLIPLanguageHead
  /// Of each item, what each layer looks at: computed once.
  private let memories: [[KeysAndValues]]
  private var caches: [KeyValueRows]
  private var supply = RowSupply()

  fileprivate init(_ model: BLIPTextModel, _ head: BLIPLanguageHead, _ memories: [Tensor]) {
    self.model = model
    self.head = head
    self.memories = memories.map { tokens in
      model.layers.map {
        $0.crossAttention.remember(tokens, in: PackedSequences(lengths: [tokens.rowCount]))
      }
    }
    caches = model.layers.map { KeyValueRows($0.shape) }
  }

  mutating func read(
    _ sequences: [NewTokens]
  ) throws -> (logits: Tensor, histories: [[Int]]) {
    var positions: [Int] = []
    var places: [Int] = []
    var seen: [[Int]] = []
    var histories: [[Int]] = []
    for sequence in sequences {
      let new = supply.take(sequence.ids.count)
      let history = sequence.history + new
      positions += sequence.history.count..<history.count
      seen += new.indices.map { Array(history[...(sequence.history.count + $0)]) }
      places += new
      histories.append(history)
    }
    var items: [(item: Int, tokens: Int)] = []
    for sequence in sequences {
      if items.last?.item == sequence.item {
        items[items.count - 1].tokens += sequence.ids.count
      } else {
        items.append((sequence.item, sequence.ids.count))
      }
    }
    let queries = PackedSequences(lengths: items.map(\.tokens))
    var x = model.embeddings(
      ids: sequences.flatMap(\.ids), positions: positions, trace: nil)  // [T, C]
    for (index, layer) in model.layers.enumerated() {
      try Task.checkCancellation()
      let qkv = layer.alone.selfAttention.projection(x)
      caches[index].store(qkv, at: places)
      let context = qkv.attention(over: caches[index], seeing: seen)
      x = layer.finish(x, context, trace: nil) { attended in
        layer.crossAttention(
          attended, in: queries, over: items.map { memories[$0.item][index] })
      }
    }
    let ends = PackedSequences(lengths: sequences.map(\.ids.count)).ranges.map { $0.upperBound - 1 }
    return (head(x.rows(at: ends)), histories)
  }

  mutating func keep(_ histories: [[Int]]) { supply.keep(histories) }
}
