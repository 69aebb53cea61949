import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Where pictures are cut, and which positions their patches get.
private enum PatchGrid: Sendable {
  /// Square pictures of one size.
  case fixed
  /// Pictures of any shape; the table's positions, on a grid of so many a side, are resized.
  case free(tableSide: Int)
}

/// Patches with positions, without a class token; a question that was learned asks them all for the
/// picture's features.
struct SigLIPVisionTower: FeatureTower {
  private let patches: SigLIPPatches
  private let head: AttentionPooling

  init(_ weights: Weights, _ config: SigLIPConfig.Vision) throws {
    patches = try SigLIPPatches(weights, config)
    head = try AttentionPooling(weights["head"], config.tower)
  }

  var dimension: Int { patches.width }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let (hidden, sequences) = try patches(inputs.compactMap(\.pixels), trace: trace)
    return head(hidden, in: sequences, trace: trace)
  }
}

/// The patches of pictures, each a vector behind the last norm, or as one of the layers leaves it.
struct SigLIPPatches: Sendable {
  private let path: String
  private let patchEmbedding: PatchEmbedding
  private let positions: Tensor  // [P, C]
  private let grid: PatchGrid
  private let patchSize: Int
  private let layers: CLIPLayers
  private let postNorm: LayerNorm?

  /// - Parameter layerCount: layers to run, without the norm behind them; nil for all, and the norm.
  init(_ weights: Weights, _ config: SigLIPConfig.Vision, layerCount: Int? = nil) throws {
    let width = config.tower.hiddenSize
    let embeddings = weights["embeddings"]
    path = embeddings.path
    patchSize = config.patchSize
    if config.hasFreeShape {
      grid = .free(tableSide: config.imageSize / config.patchSize)
      patchEmbedding = try PatchEmbedding(
        pixelwise: embeddings["patch_embedding"], side: config.patchSize, width: width)
    } else {
      grid = .fixed
      patchEmbedding = try PatchEmbedding(
        embeddings["patch_embedding"], side: config.patchSize, width: width, hasBias: true)
    }
    positions = try embeddings["position_embedding"]
      .tensor("weight", shape: [config.patchCount, width]).widened()
    layers = try CLIPLayers(
      weights["encoder"], config.tower, isCausal: false, running: layerCount)
    postNorm =
      try layerCount == nil
      ? LayerNorm(
        weights["post_layernorm"], width: width, epsilon: config.tower.layerNormEpsilon) : nil
  }

  /// Length of a patch's vector, C.
  var width: Int { positions.rowWidth }

  /// Pixels of [3, S, S] each, or of any shape where the grid is free → [patches of all, C], and where
  /// each picture lies.
  func callAsFunction(
    _ pictures: [Tensor], trace: Trace?
  ) throws -> (hidden: Tensor, sequences: PackedSequences) {
    let embedded = pictures.map {
      patchEmbedding(trace.pass("pixels", $0)) + positions(of: $0)
    }
    let x = Tensor.concatenating(embedded)
    let sequences = PackedSequences(lengths: embedded.map(\.rowCount))
    let hidden = try layers(trace.pass(path, x), in: sequences, keeping: nil, trace: trace) { x in
      postNorm.map { trace.pass($0.path, $0(x)) } ?? x
    }
    return (hidden, sequences)
  }

  private func positions(of picture: Tensor) -> Tensor {
    switch grid {
    case .fixed: positions
    case .free(let side):
      positions.smoothlyResizedGrid(
        from: side, rows: picture.shape[1] / patchSize, columns: picture.shape[2] / patchSize)
    }
  }
}

/// One learned question over all tokens of a picture, then y + mlp(norm y): [T, C] → [B, C].
///
/// The head of Zhai et al., "Scaling Vision Transformers"; Lee et al., "Set Transformer".
struct AttentionPooling: Sendable {
  private let path: String
  private let probe: Tensor  // [1, C]
  private let attention: CrossAttention
  private let output: Linear
  private let norm: LayerNorm
  private let feedForward: FeedForward
  private let feedForwardPath: String

  init(_ weights: Weights, _ config: CLIPTowerConfig) throws {
    let width = config.hiddenSize
    let (attention, mlp) = (weights["attention"], weights["mlp"])
    path = weights.path
    probe = try weights.tensor("probe", shape: [1, 1, width]).widened().reshaped([1, width])
    let inputs = try Linear.attentionInputs(attention, width: width, precision: .float32)
    self.attention = CrossAttention(
      path: attention.path, query: inputs.query, key: inputs.key, value: inputs.value,
      heads: config.headCount)
    output = try Linear(
      attention["out_proj"], inputs: width, outputs: width, precision: .float32)
    norm = try LayerNorm(weights["layernorm"], width: width, epsilon: config.layerNormEpsilon)
    feedForward = FeedForward(
      up: try Linear(
        mlp["fc1"], inputs: width, outputs: config.intermediateSize, precision: .float32),
      down: try Linear(
        mlp["fc2"], inputs: config.intermediateSize, outputs: width, precision: .float32),
      activation: config.activation, activatedName: mlp["activation_fn"].path)
    feedForwardPath = mlp.path
  }

  func callAsFunction(_ x: Tensor, in sequences: PackedSequences, trace: Trace?) -> Tensor {
    let questions = Tensor.concatenating(sequences.ranges.map { _ in probe })  // [B, C]
    let context = attention(
      questions, in: PackedSequences(lengths: sequences.ranges.map { _ in 1 }), over: x,
      in: sequences, trace: trace)
    let pooled = trace.pass(attention.path, output(context))
    let normed = trace.pass(norm.path, norm(pooled))
    let added = trace.pass(feedForwardPath, feedForward(normed, trace: trace))
    return trace.pass(path, pooled + added)
  }
}
