import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// A tower whose class token is the vector, as its last norm leaves it.
struct DINOv2: EmbeddingModel {
  private let config: DINOv2Config
  private let path: String
  private let patchEmbedding: PatchEmbedding
  private let classToken: Tensor  // [1, C]
  private let positions: Tensor  // [1 + P, C]
  private let layers: [DINOv2Layer]
  private let norm: LayerNorm

  init(_ weights: Weights, _ config: DINOv2Config) throws {
    let width = config.hiddenSize
    let embeddings = weights["embeddings"]
    self.config = config
    path = embeddings.path
    patchEmbedding = try PatchEmbedding(
      embeddings["patch_embeddings"]["projection"], side: config.patchSize, width: width,
      hasBias: true)
    classToken = try embeddings.tensor("cls_token", shape: [1, 1, width]).widened().row(0)
    let table = try embeddings.tensor(
      "position_embeddings", shape: [1, 1 + config.tableSide * config.tableSide, width]
    ).widened().row(0)
    positions = .concatenating([
      table.rows(0..<1),
      table.rows(1..<table.rowCount).resizedGrid(from: config.tableSide, to: config.side),
    ])
    layers = try (0..<config.layerCount).map {
      try DINOv2Layer(weights["encoder"]["layer"][$0], config)
    }
    norm = try LayerNorm(weights["layernorm"], width: width, epsilon: config.layerNormEpsilon)
  }

  var dimension: Int { config.hiddenSize }

  /// - Precondition: an input is a picture.
  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    let pictures = inputs.compactMap(\.pixels)
    precondition(pictures.count == inputs.count, "DINOv2 reads pictures")
    let sequences = PackedSequences(
      lengths: Array(repeating: positions.rowCount, count: pictures.count))
    let classTokens = try layers.run(
      embed(pictures, trace: trace), in: sequences, keeping: sequences.starts, trace: trace
    ) {
      trace.pass(norm.path, norm($0))
    }
    return pictures.indices.map {
      ModelOutput(vector: classTokens.row($0).reshaped([dimension]))
    }
  }

  /// Pictures as they enter the first layer: [pictures·(1 + P), C].
  private func embed(_ pictures: [Tensor], trace: Trace?) -> Tensor {
    let embedded = Tensor.concatenating(
      pictures.map { pixels in
        .concatenating([classToken, patchEmbedding(trace.pass("pixels", pixels))]) + positions
      })
    return trace.pass(path, embedded)
  }
}

extension DINOv2: StudiedModel {
  func pooledRows(of input: ModelInput) -> [Int] { [0] }

  func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    try variants(
      of: embed([input].compactMap(\.pixels), trace: nil), leavingOut: groups, keeping: 0,
      batchRows: batchRows, progress: progress
    ) {
      try layers.run($0, in: $1, keeping: $2, trace: nil)
    }.map { norm($0).row(0) }
  }

  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try layers.dissect(
      embed([input].compactMap(\.pixels), trace: nil), row: 0, through: [.norm(norm)],
      along: direction, sources: sources)
  }
}

/// x += λ₁·attention(norm1 x), x += λ₂·mlp(norm2 x), a factor for each number of a vector.
///
/// Touvron et al., "Going deeper with Image Transformers".
struct DINOv2Layer: PreNormLayer {
  private let path: String
  private let attentionPath: String
  private let norm1: LayerNorm
  let selfAttention: SelfAttention
  private let output: Linear
  private let scale1: LayerScale
  private let norm2: LayerNorm
  private let feedForward: DINOv2FeedForward
  private let scale2: LayerScale

  init(_ weights: Weights, _ config: DINOv2Config) throws {
    let (width, epsilon) = (config.hiddenSize, config.layerNormEpsilon)
    let inner = weights["attention"]["attention"]
    func projection(_ name: String) throws -> Linear {
      try Linear(inner[name], inputs: width, outputs: width, hasBias: config.hasBias)
    }
    path = weights.path
    attentionPath = weights["attention"].path
    norm1 = try LayerNorm(weights["norm1"], width: width, epsilon: epsilon)
    selfAttention = SelfAttention(
      path: inner.path, query: try projection("query"), key: try projection("key"),
      value: try projection("value"), heads: config.headCount, precision: weights.precision)
    output = try Linear(weights["attention"]["output"]["dense"], inputs: width, outputs: width)
    scale1 = try LayerScale(weights["layer_scale1"], width: width)
    norm2 = try LayerNorm(weights["norm2"], width: width, epsilon: epsilon)
    feedForward = try DINOv2FeedForward(weights["mlp"], config)
    scale2 = try LayerScale(weights["layer_scale2"], width: width)
  }

  var attentionEnd: BranchEnd { BranchEnd(output, factors: scale1.factors) }
  var feedForwardEnd: BranchEnd { BranchEnd(feedForward.down, factors: scale2.factors) }
  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    let normed = trace.pass(norm1.path, norm1(x))
    let context = selfAttention(normed, in: sequences, keeping: rows, trace: trace)
    return trace.pass(selfAttention.path, context)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let projected = trace.pass(attentionPath, trace.pass(output.path, output(context)))
    let attended = x + scale1(projected, trace: trace)
    let fed = feedForward(trace.pass(norm2.path, norm2(attended)), trace: trace)
    return trace.pass(path, attended + scale2(fed, trace: trace))
  }
}

/// A learned factor for each number of a vector.
private struct LayerScale: Sendable {
  private let path: String
  let factors: Tensor  // [C]

  init(_ weights: Weights, width: Int) throws {
    path = weights.path
    factors = try weights.tensor("lambda1", shape: [width]).widened()
  }

  func callAsFunction(_ x: Tensor, trace: Trace?) -> Tensor {
    trace.pass(path, x.multiplied(byRow: factors))
  }
}

/// Two layers with a GELU between or, in the giant, three with a gate.
private struct DINOv2FeedForward: Sendable {
  private let path: String
  private let kind: Kind

  private enum Kind: Sendable {
    case plain(FeedForward)
    /// weights_out(silu(gate)·up), gate and up being the two halves of one product.
    case gated(both: Linear, output: Linear)
  }

  init(_ weights: Weights, _ config: DINOv2Config) throws {
    let (width, inner) = (config.hiddenSize, config.intermediateSize)
    path = weights.path
    kind =
      config.isGated
      ? .gated(
        both: try Linear(weights["weights_in"], inputs: width, outputs: 2 * inner),
        output: try Linear(weights["weights_out"], inputs: inner, outputs: width))
      : .plain(
        FeedForward(
          up: try Linear(weights["fc1"], inputs: width, outputs: inner),
          down: try Linear(weights["fc2"], inputs: inner, outputs: width),
          activation: config.activation, activatedName: weights["activation"].path))
  }

  var isResident: Bool {
    switch kind {
    case .plain(let feedForward): feedForward.isResident
    case .gated(let both, let output): both.isResident && output.isResident
    }
  }

  var down: Linear {
    switch kind {
    case .plain(let feedForward): feedForward.down
    case .gated(_, let output): output
    }
  }

  func callAsFunction(_ x: Tensor, trace: Trace?) -> Tensor {
    switch kind {
    case .plain(let feedForward):
      return trace.pass(path, feedForward(x, trace: trace))
    case .gated(let both, let output):
      let gated = trace.pass(both.path, both(x)).gated(by: .silu)
      return trace.pass(path, trace.pass(output.path, output(gated)))
    }
  }
}
